import { expect, test } from "vitest";
import type { FieldMap, FieldMapView, Problem, ValueLineView } from "../../api/types";
import { edit, filledFrom, lacking, openFirst, sameOption, stateOf, tidy, undecided, withLines } from "./model";

const list: FieldMap = {
  target: "status", rule: "values", sources: ["status"], values: [{ from: "closed", to: "closed", count: 10, decided: true }, { from: "on-hold", to: "", count: 5, decided: false }, { from: "OPEN ", to: "", count: 2 }],
};

test("deciding a value changes that line only", () => {
  const m = edit(list, { do: "value", from: "on-hold", to: "pending" });
  expect(m.values).toEqual([list.values?.[0], { from: "on-hold", to: "pending", count: 5, decided: true }, list.values?.[2]]);
  expect(undecided(m)).toEqual({ values: 1, records: 2 });
});

test("deciding for nothing is a decision too", () => {
  expect(undecided(edit(list, { do: "value", from: "on-hold", to: "" }))).toEqual({ values: 1, records: 2 });
});

const line = (from: string, count: number, to = "", confidence = 0): ValueLineView => ({ from, to, count, decided: false, keep: false, confidence, reason: confidence > 0 ? "It is a typing mistake." : "", exists: true, gone: count === 0 });

test("every value of the source is listed; what was decided stays, what is new is proposed, nothing is forgotten", () => {
  const values = withLines(list.values ?? [], [line("closed", 99, "new"), line("nwe", 7, "new", 88), line("often", 900)]);
  expect(values).toEqual([
    { from: "often", to: "", count: 900, decided: false },
    { from: "nwe", to: "new", count: 7, decided: false, confidence: 88, reason: "It is a typing mistake." },
    { from: "on-hold", to: "", count: 0, decided: false },
    { from: "OPEN ", to: "", count: 0 },
    { from: "closed", to: "closed", count: 99, decided: true },
  ]);
});

test("a proposal is taken as it stands; what has none stays open", () => {
  const values = [{ from: "Spam", to: "closed", decided: false }, { from: "?", to: "", decided: false }];
  expect(edit({ ...list, values }, { do: "take" }).values?.map((v) => v.decided)).toEqual([true, false]);
});

test("values written alike are found without case and outer blanks, an exact one first", () => {
  expect(sameOption("OPEN ", ["open", "Open"])).toBe("open");
  expect(sameOption("Open", ["open", "Open"])).toBe("Open");
  expect(sameOption("opened", ["open"])).toBeUndefined();
  const m = edit(list, { do: "same", options: ["open", "closed"] });
  expect(m.values?.map((v) => [v.to, v.decided])).toEqual([["closed", true], ["", false], ["open", true]]);
});

test("another source field has another list of values", () => {
  expect(edit(list, { do: "source", source: "state" })).toMatchObject({ sources: ["state"], values: [] });
  expect(edit(list, { do: "source", source: "status" }).values).toHaveLength(3);
});

test("trying another kind of rule loses nothing until it is stored", () => {
  const back = edit(edit(list, { do: "rule", rule: "fixed" }), { do: "rule", rule: "values" });
  expect(back.values).toEqual(list.values);
  expect(tidy(edit(edit(list, { do: "rule", rule: "fixed" }), { do: "set", change: { fixed: "open" } }))).toEqual({ target: "status", rule: "fixed", fixed: "open" });
});

test("a formula's sources are the fields in its brackets, each once", () => {
  expect(tidy({ target: "p", rule: "formula", formula: 'IF([Tier]="Gold",[P],[Tier])' }).sources).toEqual(["Tier", "P"]);
});

test("a rule that cannot work says what it lacks", () => {
  expect(lacking({ target: "a", rule: "copy" })).toMatch(/source field/);
  expect(lacking({ target: "a", rule: "join", sources: ["x"] })).toMatch(/two fields/);
  expect(lacking({ target: "a", rule: "formula", formula: "  " })).toMatch(/formula/);
  expect(lacking({ target: "a", rule: "copy", sources: ["x"], if_empty: "use" })).toMatch(/use instead/);
  expect(lacking({ target: "a", rule: "leave_out" })).toBe("");
  expect(lacking(list)).toBe("");
});

const p: Problem = { code: "x", what: "w", why: "", next: "" };
const view = (name: string, change: Partial<Omit<FieldMapView, "map">> & { map?: Partial<FieldMap> } = {}, required = false): FieldMapView => ({
  target: { name, type: "text", required }, words: "", samples: [], problems: [], ...change, map: { target: name, rule: "copy", state: "reviewed", ...change.map },
});

test("what needs a person stands on top, the rest keeps its order with the required first", () => {
  const fields = [view("a"), view("b", { map: { state: "open" } }), view("c", {}, true), view("d", { problems: [p] }), view("e", { map: { state: "proposed" } })];
  expect(openFirst(fields).map((f) => f.target.name)).toEqual(["d", "b", "c", "a", "e"]);
  expect(fields.map(stateOf)).toEqual(["reviewed", "open", "reviewed", "problem", "proposed"]);
});

test("a field that is dropped on another begins a rule that fills it", () => {
  const status = { name: "status", type: "option" as const, options: [{ value: "open" }] };
  expect(filledFrom({ target: "status", rule: "leave_out" }, "state", status)).toMatchObject({ rule: "values", sources: ["state"], values: [] });
  expect(filledFrom({ target: "name", rule: "fixed", fixed: "x" }, "title", { name: "name", type: "text" })).toMatchObject({ rule: "copy", sources: ["title"] });
  expect(filledFrom({ target: "name", rule: "join", sources: ["a", "b"] }, "c", { name: "name", type: "text" }).sources).toEqual(["a", "b", "c"]);
  expect(filledFrom({ target: "name", rule: "split", sources: ["a"] }, "c", { name: "name", type: "text" })).toMatchObject({ rule: "split", sources: ["c"] });
});

test("parts and look-ups say what they lack, and keep only what belongs to them", () => {
  expect(lacking({ target: "a", rule: "split" })).toMatch(/source field/);
  expect(lacking({ target: "a", rule: "split", sources: ["x"], split: { how: "text", by: "" } })).toMatch(/parted/);
  expect(lacking({ target: "a", rule: "split", sources: ["x"], split: { how: "position", from: 1 } })).toBe("");
  expect(lacking({ target: "a", rule: "look_up", sources: ["x"] })).toMatch(/where to look/);
  expect(lacking({ target: "a", rule: "look_up", sources: ["x"], look_up: { table: "t", value: "v" } })).toMatch(/compared/);
  expect(lacking({ target: "a", rule: "look_up", sources: ["x"], look_up: { object: "o", value: "v" } })).toBe("");
  const both: FieldMap = { target: "a", rule: "split", sources: ["x", "y"], look_up: { value: "v" }, check: { says: "", one_of: [], min_length: 0 } };
  expect(tidy(both)).toEqual({ target: "a", rule: "split", sources: ["x"], split: { how: "text", by: ",", part: 1 } });
  expect(tidy({ ...both, rule: "look_up", check: { says: "short", max_length: 5 } })).toEqual({ target: "a", rule: "look_up", sources: ["x"], look_up: { value: "v" }, check: { says: "short", max_length: 5 } });
});
