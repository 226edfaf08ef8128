import { expect, test } from "vitest";
import type { RuleShape, SearchView } from "../../api/types-clean";
import { groupsOf } from "./duplicates";
import { emptyRule, moved, settingsOf, valuesJSON, valuesText, waysFor, withField } from "./own-model";

const shape: RuleShape = {
  objects: [
    { object: "ticket", title: "Tickets", fields: [{ name: "tags", title: "Tags", type: "tags" }, { name: "assignee", title: "Assignee", type: "link" }] },
    { object: "contact", title: "Customers", fields: [{ name: "name", title: "Name", type: "text" }] },
  ],
  ways: [{ how: "trim", settings: {} }, { how: "phone", settings: { country: "", format: "e164" } }, { how: "tags", settings: { blank: "_", values: "{}" } }],
};

test("a rule begins with the customers, and offers only what a field can have", () => {
  const rule = emptyRule(shape);
  expect(rule).toMatchObject({ object: "contact", field: "name", how: "trim" });
  expect(waysFor(shape, "text")).toEqual(["trim", "phone"]);
  expect(waysFor(shape, "tags")).toEqual(["trim", "phone", "tags"]);
  expect(waysFor(shape, "link")).toEqual(["owner"]);
  const next = withField(shape, rule, shape.objects[0], "assignee");
  expect(next).toMatchObject({ field: "assignee", how: "owner", settings: { to: "" } });
  expect(settingsOf(shape, "phone")).toEqual({ country: "", format: "e164" });
});

test("values are written as lines and read back", () => {
  const json = valuesJSON("Pendng = pending\nnothing here\n closed=solved");
  expect(JSON.parse(json)).toEqual({ Pendng: "pending", closed: "solved" });
  expect(valuesText(json)).toBe("Pendng = pending\nclosed = solved");
  expect(valuesText("no json")).toBe("");
});

test("a correction goes a step earlier or later, and never out of the list", () => {
  expect(moved([1, 2, 3], 2, -1)).toEqual([2, 1, 3]);
  expect(moved([1, 2, 3], 2, 1)).toEqual([1, 3, 2]);
  expect(moved([1, 2, 3], 1, -1)).toEqual([1, 2, 3]);
  expect(moved([1, 2, 3], 9, 1)).toEqual([1, 2, 3]);
});

test("groups are counted by how sure they are and by what was said", () => {
  const counts = [{ band: "sure", state: "open", groups: 3, records: 7 }, { band: "ask", state: "open", groups: 2, records: 4 }, { band: "sure", state: "merged", groups: 5, records: 10 }];
  const s: SearchView = { object: "contact", title: "Customers", at: "x", by: "", records: 9, plus_tags: false, fields: [], counts, capped: [], left: 0 };
  expect(groupsOf(s, "", "open")).toBe(5);
  expect(groupsOf(s, "sure", "")).toBe(8);
  expect(groupsOf(s, "different", "open")).toBe(0);
});
