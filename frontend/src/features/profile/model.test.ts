import { expect, test } from "vitest";
import { fig } from "../../api/demo/data";
import type { GraphView } from "../../api/types";
import { country } from "./field-page";
import { fixOf } from "./findings";
import { gaps, lines, place } from "./model";

const graph: GraphView = {
  nodes: [
    { object: "organization", rows: 1, step: 1 }, { object: "agent", rows: 1, step: 2 }, { object: "contact", rows: 1, step: 3 }, { object: "ticket", rows: 1, step: 4 },
  ],
  edges: [
    { from: "contact", to: "organization", field: "company", linked: 1, broken: 0, later: false }, { from: "ticket", to: "contact", field: "requester", linked: 1, broken: 2, later: false },
    { from: "ticket", to: "contact", field: "collaborators", linked: 1, broken: 3, later: false }, { from: "ticket", to: "ticket", field: "parent", linked: 1, broken: 0, later: true },
    { from: "organization", to: "ticket", field: "first", linked: 1, broken: 0, later: true },
  ],
};

test("what hangs on something stands to its right", () => {
  expect(place(graph).map((n) => [n.object, n.column, n.row])).toEqual([["organization", 0, 0], ["agent", 0, 1], ["contact", 1, 0], ["ticket", 2, 0]]);
});

test("links between the same two objects are one line, a link to itself is none", () => {
  expect(lines(graph.edges).map((l) => [l.from, l.to, l.broken, l.fields.length])).toEqual([["contact", "organization", 0, 1], ["ticket", "contact", 5, 2], ["organization", "ticket", 0, 1]]);
});

test("the emptiest fields come first, full ones are left out", () => {
  const field = (name: string, n: number) => ({ name, type: "text", filled: fig(n), empty: fig(10 - n), findings: 0 });
  expect(gaps([field("full", 10), field("half", 5), field("none", 0)], 10).map((f) => f.name)).toEqual(["none", "half"]);
});

test("a finding leads to where it is put right", () => {
  expect(fixOf({ page: "mapping", object: "ticket", field: "status" })).toBe("#/mapping/ticket");
  expect(fixOf({ page: "profile", object: "ticket", field: "a b" })).toBe("#/profile/ticket/a%20b");
  expect(fixOf({ page: "clean", object: "ticket", field: "" })).toBe("#/clean");
});

test("a country has its name, other classes keep theirs", () => {
  expect(country("DE")).toBe(new Intl.DisplayNames(undefined, { type: "region" }).of("DE"));
  expect(country("no prefix")).toBe("no prefix");
});
