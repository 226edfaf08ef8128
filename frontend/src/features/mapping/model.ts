import type { CountedValue, Field, FieldMap, FieldMapView, ObjectMapView, RuleKind, ValuePair } from "../../api/types";
import { words } from "./strings";

/** Edit is one thing that a person does to a rule. */
export type Edit =
  | { do: "rule"; rule: RuleKind }
  | { do: "set"; change: Partial<FieldMap> }
  | { do: "source"; source: string }
  | { do: "value"; from: string; to: string }
  | { do: "count"; counts: CountedValue[] }
  | { do: "same"; options: string[] }
  | { do: "take" };

/**
 * edit is what a rule becomes. What belongs to another kind of rule is kept while
 * the person tries things out; tidy takes it away before the rule is stored.
 */
export function edit(map: FieldMap, e: Edit): FieldMap {
  switch (e.do) {
    case "rule":
      return { ...map, rule: e.rule };
    case "set":
      return { ...map, ...e.change };
    case "source":
      // Another field has other values: an old list would be wrong.
      return { ...map, sources: [e.source], values: map.sources?.[0] === e.source ? map.values : [] };
    case "value":
      return { ...map, values: (map.values ?? []).map((v) => (v.from === e.from ? { ...v, to: e.to, decided: true } : v)) };
    case "count":
      return { ...map, values: withCounts(map.values ?? [], e.counts) };
    case "same":
      return { ...map, values: keepSame(map.values ?? [], e.options) };
    case "take":
      return { ...map, values: (map.values ?? []).map((v) => (v.to === "" ? v : { ...v, decided: true })) };
  }
}

/** withCounts lists every value of the source, the open ones and then the most frequent first, and keeps what was decided. */
export function withCounts(values: ValuePair[], counts: CountedValue[]): ValuePair[] {
  const known = new Map(values.map((v) => [v.from, v]));
  const counted = counts.map((c) => ({ ...(known.get(c.value) ?? { from: c.value, to: "", decided: false }), count: c.count }));
  const seen = new Set(counts.map((c) => c.value));
  // A line for a value that no record has any more is still somebody's decision.
  const all = [...counted, ...values.filter((v) => !seen.has(v.from)).map((v) => ({ ...v, count: 0 }))];
  return [...all.filter((v) => v.decided !== true), ...all.filter((v) => v.decided === true)];
}

/** sameOption finds the target's choice that is written alike, without case and outer blanks. */
export function sameOption(from: string, options: string[]): string | undefined {
  const plain = (s: string) => s.trim().toLowerCase();
  return options.find((o) => o === from) ?? options.find((o) => plain(o) === plain(from));
}

function keepSame(values: ValuePair[], options: string[]): ValuePair[] {
  return values.map((v) => {
    const to = v.decided === true ? undefined : sameOption(v.from, options);
    return to === undefined ? v : { ...v, to, decided: true };
  });
}

/** undecided are the lines of a value list that hold their records. */
export function undecided(map: FieldMap): { values: number; records: number } {
  const open = (map.values ?? []).filter((v) => v.decided !== true);
  return { values: open.length, records: open.reduce((n, v) => n + (v.count ?? 0), 0) };
}

/** lacking says in words what a rule needs before it can be stored, or nothing. */
export function lacking(map: FieldMap): string {
  const w = words.editor.missing;
  const sources = (map.sources ?? []).filter((s) => s !== "");
  if (map.rule === "copy" && sources.length === 0) return w.source;
  if (map.rule === "values" && sources.length === 0) return w.values;
  if (map.rule === "join" && sources.length < 2) return w.sources;
  if (map.rule === "fixed" && (map.fixed ?? "") === "") return w.fixed;
  if (map.rule === "formula" && (map.formula ?? "").trim() === "") return w.formula;
  if (map.if_empty === "use" && (map.empty_value ?? "") === "") return w.instead;
  if (map.if_unknown === "use" && (map.unknown_value ?? "") === "") return w.instead;
  return "";
}

const FORMULA_FIELD = /\[([^\]]+)\]/g;

/** tidy keeps only what belongs to the rule's kind. */
export function tidy(map: FieldMap): FieldMap {
  const m: FieldMap = { ...map };
  if (m.rule === "fixed" || m.rule === "leave_out") delete m.sources;
  if (m.rule === "formula") m.sources = [...new Set([...(m.formula ?? "").matchAll(FORMULA_FIELD)].map((x) => x[1] ?? ""))];
  if (m.rule === "copy" || m.rule === "values") m.sources = (m.sources ?? []).slice(0, 1);
  if (m.rule !== "join") delete m.separator;
  if (m.rule !== "fixed") delete m.fixed;
  if (m.rule !== "formula") delete m.formula;
  if (m.rule !== "values") delete m.values;
  if (m.if_empty !== "use") delete m.empty_value;
  if (m.if_unknown !== "use") delete m.unknown_value;
  return m;
}

/** stateOf is how a row of the mapping stands. */
export function stateOf(f: FieldMapView): "problem" | "open" | "proposed" | "reviewed" {
  // An undecided value is work that is left, not something that is broken.
  if (f.problems.length > 0) return f.map.rule === "values" && undecided(f.map).values > 0 ? "open" : "problem";
  if (f.map.state === "reviewed" || f.map.state === "proposed") return f.map.state;
  return "open";
}

/** sureOnes are the suggestions that may be accepted together. */
export function sureOnes(o: ObjectMapView): FieldMapView[] {
  return o.fields.filter((f) => stateOf(f) === "proposed" && (f.map.confidence ?? 0) >= 90 && undecided(f.map).values === 0 && f.samples.every((s) => s.problem === null));
}

/** titleOf is what people call a field. */
export function titleOf(f: Field): string {
  return f.title !== undefined && f.title !== "" ? f.title : f.name;
}

/** openFirst puts what needs a person on top and keeps the order otherwise. */
export function openFirst(fields: FieldMapView[]): FieldMapView[] {
  const rank = { problem: 0, open: 1, proposed: 2, reviewed: 3 };
  const required = (f: FieldMapView) => (f.target.required === true ? 0 : 1);
  return fields
    .map((f, i) => ({ f, i }))
    .sort((a, b) => (rank[stateOf(a.f)] > 1 ? 2 : rank[stateOf(a.f)]) - (rank[stateOf(b.f)] > 1 ? 2 : rank[stateOf(b.f)]) || required(a.f) - required(b.f) || a.i - b.i)
    .map((x) => x.f);
}
