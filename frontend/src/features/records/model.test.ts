import { expect, test } from "vitest";
import { asTable, chipsOf, parseFilter, withFate, withText } from "./model";

test("a filter is said condition by condition, and each can be taken away", () => {
  const f = { object: "ticket", fate: "held", field: "status", op: "equals", value: "on-hold", text: "vpn", words: "Tickets on hold" };
  expect(chipsOf(f).map((c) => c.text)).toEqual(["Held back", "status is “on-hold”", "contains “vpn”"]);
  expect(chipsOf(f)[1]?.without).toEqual({ object: "ticket", fate: "held", text: "vpn" });
  expect(chipsOf({ object: "ticket" })).toEqual([]);
});

test("conditions of Go's are said in words, never as codes", () => {
  const say = (f: object) => chipsOf({ object: "ticket", ...f }).map((c) => c.text)[0];
  expect(say({ field: "requester", op: "broken_link" })).toBe("requester leads nowhere");
  expect(say({ op: "repeated_key" })).toBe("number occurs more than once");
  expect(say({ field: "phone", op: "blank" })).toBe("phone holds only blanks");
  expect(say({ field: "created", op: "year", value: "2019" })).toBe("created is in 2019");
  expect(say({ plan: "P-1", action: "create" })).toBe("in the plan: to create");
});

test("a changed filter no longer claims the sentence that it came with", () => {
  const f = { object: "ticket", fate: "held", words: "Tickets held back" };
  expect(withText(f, "vpn")).toEqual({ object: "ticket", fate: "held", text: "vpn" });
  expect(withFate(f, "")).toEqual({ object: "ticket" });
});

test("an address that cannot be read shows everything", () => {
  expect(parseFilter("{broken", "ticket")).toEqual({ object: "ticket" });
  expect(parseFilter(undefined, "ticket")).toEqual({ object: "ticket" });
  expect(parseFilter('{"object":"contact","fate":"held"}', "ticket")).toEqual({ object: "contact", fate: "held" });
});

test("copied rows cannot break the table or become a formula", () => {
  const row = { id: "1", name: "a\tb\nc", fate: "moved", why: "", place: "x.csv, line 2", cells: ["=1+1"], target_id: "", found: null };
  expect(asTable(["status"], [row]).split("\n")[1]).toBe("1\ta b c\tMoved\t\t'=1+1\tx.csv, line 2");
});
