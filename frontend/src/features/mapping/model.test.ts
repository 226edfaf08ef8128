import { expect, test } from "vitest";
import type { FieldMap, FieldMapView, ObjectMapView, Problem } from "../../api/types";
import { edit, lacking, openFirst, sameOption, stateOf, sureOnes, tidy, undecided, withCounts } from "./model";

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

test("counting keeps what was decided, adds what is new and forgets nothing", () => {
  const values = withCounts(list.values ?? [], [{ value: "closed", count: 99 }, { value: "new", count: 7 }]);
  expect(values).toEqual([
    { from: "new", to: "", count: 7, decided: false },
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

test("only suggestions that are sure and work on every sample are accepted together", () => {
  const sure = view("sure", { map: { state: "proposed", confidence: 96 } });
  const o: Pick<ObjectMapView, "fields"> = {
    fields: [
      sure,
      view("unsure", { map: { state: "proposed", confidence: 80 } }),
      view("fails", { map: { state: "proposed", confidence: 99 }, samples: [{ record: "1", before: "x", after: "", problem: p }] }),
      view("open list", { map: { ...list, state: "proposed", confidence: 99 } }),
      view("done", { map: { confidence: 99 } }),
    ],
  };
  expect(sureOnes(o as ObjectMapView)).toEqual([sure]);
});
