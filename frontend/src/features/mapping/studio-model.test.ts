import { expect, test } from "vitest";
import type { Field, FieldMapView, ObjectMapView } from "../../api/types";
import { curve, follow, inStep, leftOf, linesOf, narrow } from "./studio-model";

const field = (name: string, more: Partial<Field> = {}): Field => ({ name, title: name.toUpperCase(), type: "text", ...more });
const row = (target: string, map: Partial<FieldMapView["map"]> = {}, more: Partial<Field> = {}): FieldMapView => ({
  target: field(target, more), words: "", samples: [], problems: [], map: { target, rule: "copy", state: "reviewed", ...map },
});
const rows = [row("name", { sources: ["b"] }), row("both", { rule: "join", sources: ["c", "a"], state: "proposed" }), row("made", { rule: "formula", formula: 'IF([a]="x",[d],[a])', state: "open" }, { required: true }), row("fixed", { rule: "fixed", sources: ["b"], fixed: "x" })];
const object = { source: "o", target: "t", source_fields: ["a", "b", "c", "d", "e"].map((n) => field(n)), fields: rows, unused: ["e"] } as unknown as ObjectMapView;

test("a line leads from every field that a rule reads, and from none that it does not", () => {
  expect(linesOf(rows).map((l) => `${l.source} ${l.target} ${l.state}`)).toEqual(["b name reviewed", "c both proposed", "a both proposed", "a made open", "d made open"]);
});

test("source fields stand in the order of what they fill, those that fill nothing last", () => {
  expect(inStep(object.source_fields, rows).map((f) => f.name)).toEqual(["b", "a", "c", "d", "e"]);
});

test("a search finds a row by either side, and keeps what belongs to it", () => {
  const names = (s: string, hide = false) => {
    const n = narrow(object, rows, s, hide);
    return [n.rows.map((f) => f.target.name), n.sources.map((f) => f.name)];
  };
  expect(names("")).toEqual([["name", "both", "made", "fixed"], ["b", "a", "c", "d", "e"]]);
  expect(names("NAME")).toEqual([["name"], ["b"]]);
  expect(names(" d ")).toEqual([["made", "fixed"], ["a", "d"]]);
  expect(names("e")[1]).toContain("e");
  expect(names("", true)).toEqual([["both", "made"], ["a", "c", "d", "e"]]);
  expect(names("nothing like it")).toEqual([[], []]);
});

test("what belongs together stays side by side while one list is scrolled", () => {
  const mine = { whole: 1000, view: 100 };
  const other = { whole: 3000, view: 100 };
  const pairs: [number, number][] = [[200, 300], [500, 2500], [400, 2600], [900, 2800]];
  expect(follow(pairs, 0, mine, other)).toBe(0);
  expect(follow(pairs, 900, mine, other)).toBe(2900);
  expect(follow(pairs, 150, mine, other)).toBe(250);
  expect(follow(pairs, 450, mine, other)).toBe(2450);
  expect(follow(pairs, 300, mine, other)).toBe(1350);
  expect(follow([], 450, mine, other)).toBe(1450);
  expect(follow(pairs, 50, mine, { whole: 80, view: 100 })).toBe(0);
  let last = 0;
  for (let at = 0; at <= 900; at++) {
    const to = follow(pairs, at, mine, other);
    expect(to).toBeGreaterThanOrEqual(last);
    last = to;
  }
});

test("what is left counts fields, and those that must be filled", () => {
  expect(leftOf([object, { ...object, target: "" }])).toEqual({ open: 1, required: 1, all: 4 });
});

test("a line begins and ends at the heights of its fields", () => {
  expect(curve(10, 50, 100)).toBe("M0,10.0 C45.0,10.0 55.0,50.0 100,50.0");
});
