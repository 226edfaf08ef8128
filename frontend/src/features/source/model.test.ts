import { expect, test } from "vitest";
import { tables } from "../../api/demo/data";
import type { Table } from "../../api/types";
import { linkTotals, needsPlaceholder, needsReading, stateOf, withColumn, withNewOutput, withObject } from "./model";

const tickets = tables().find((t) => t.name === "tickets.csv") as Table;

test("only what changes the reading reads the file again", () => {
  expect(needsReading(tickets, { ...tickets, delimiter: "," })).toBe(true);
  expect(needsReading(tickets, { ...tickets, header_row: 2 })).toBe(true);
  expect(needsReading(tickets, withColumn(tickets, "status", { type: "text" }))).toBe(false);
});

test("a corrected column leaves the others and everything that Waybill does not show", () => {
  const t = withColumn({ ...tickets, later: 1 } as Table, "created_at", { format: "MM/DD/YYYY HH:mm" });
  expect(t.columns.filter((c, i) => c !== tickets.columns[i]).map((c) => c.name)).toEqual(["created_at"]);
  expect(t).toMatchObject({ later: 1 });
});

test("a table can become other records, more than one, or none", () => {
  expect(withObject(tickets, 0, "message").outputs[0]).toMatchObject({ object: "message", key: ["id"] });
  expect(withNewOutput(tickets, "group").outputs[1]).toMatchObject({ object: "group", repeats: "first" });
  const none = withObject(tickets, 0, "");
  expect(none.outputs).toEqual([]);
  expect(stateOf({ ...none, broken: 0, notes: [] })).toBe("look");
});

test("links are added up over all outputs", () => {
  expect(linkTotals(tickets)).toEqual({ matched: 24_513, orphans: 69 });
});

test("tickets without any customer ask for a placeholder", () => {
  expect(needsPlaceholder(tables())).toBe(false);
  expect(needsPlaceholder([tickets])).toBe(true);
  expect(needsPlaceholder([withObject(tickets, 0, "message")])).toBe(false);
});
