import type { Field, FieldMap, FieldMapView, RuleKind, ValueLineView, ValuePair } from "../../api/types";
import { words } from "./strings";

/** Edit is one thing that a person does to a rule. */
export type Edit =
  | { do: "rule"; rule: RuleKind }
  | { do: "set"; change: Partial<FieldMap> }
  | { do: "source"; source: string }
  | { do: "value"; from: string; to: string }
  | { do: "keep"; from: string; keep: boolean }
  | { do: "list"; lines: ValueLineView[] }
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
    case "keep":
      return { ...map, values: (map.values ?? []).map((v) => (v.from === e.from ? { ...v, keep: e.keep } : v)) };
    case "list":
      return { ...map, values: withLines(map.values ?? [], e.lines) };
    case "same":
      return { ...map, values: keepSame(map.values ?? [], e.options) };
    case "take":
      return { ...map, values: (map.values ?? []).map((v) => (v.to === "" ? v : { ...v, decided: true })) };
  }
}

/** withLines lists every value of the source, the open ones and then the most frequent first, and keeps what was decided. */
export function withLines(values: ValuePair[], lines: ValueLineView[]): ValuePair[] {
  const known = new Map(values.map((v) => [v.from, v]));
  const listed = lines.map((l) => ({
    ...(known.get(l.from) ?? { from: l.from, to: l.to, decided: l.decided, ...(l.keep ? { keep: true } : {}), ...(l.confidence > 0 ? { confidence: l.confidence, reason: l.reason } : {}) }),
    count: l.count,
  }));
  const seen = new Set(lines.map((l) => l.from));
  // A line for a value that no record has any more is still somebody's decision.
  const all = [...listed, ...values.filter((v) => !seen.has(v.from)).map((v) => ({ ...v, count: 0 }))];
  const often = (a: ValuePair, b: ValuePair) => (b.count ?? 0) - (a.count ?? 0);
  return [...all.filter((v) => v.decided !== true).sort(often), ...all.filter((v) => v.decided === true).sort(often)];
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
  if ((map.rule === "split" || map.rule === "look_up" || map.rule === "people") && sources.length === 0) return w.source;
  if (map.rule === "split" && map.split?.how !== "position" && map.split !== undefined && (map.split.by ?? "") === "") return w.by;
  if (map.rule === "look_up" && (map.look_up === undefined || (map.look_up.table ?? "") + (map.look_up.object ?? "") === "")) return w.place;
  if (map.rule === "look_up" && map.look_up?.value === "") return w.lookValue;
  if (map.rule === "look_up" && (map.look_up?.table ?? "") !== "" && (map.look_up?.key ?? "") === "") return w.lookKey;
  if (map.rule === "join" && sources.length < 2) return w.sources;
  if (map.rule === "fixed" && (map.fixed ?? "") === "") return w.fixed;
  if (map.rule === "formula" && (map.formula ?? "").trim() === "") return w.formula;
  if (map.if_empty === "use" && (map.empty_value ?? "") === "") return w.instead;
  if (map.if_unknown === "use" && (map.unknown_value ?? "") === "") return w.instead;
  return "";
}

const ONE_SOURCE: Set<RuleKind> = new Set(["copy", "values", "split", "look_up", "people"]);
const FORMULA_FIELD = /(?<![\w\]])\[([^\]]+)\]/g;

/** tidy keeps only what belongs to the rule's kind. */
export function tidy(map: FieldMap): FieldMap {
  const m: FieldMap = { ...map };
  if (m.rule === "fixed" || m.rule === "leave_out") delete m.sources;
  if (m.rule === "formula") m.sources = [...new Set([...(m.formula ?? "").matchAll(FORMULA_FIELD)].map((x) => x[1] ?? ""))];
  if (ONE_SOURCE.has(m.rule)) m.sources = (m.sources ?? []).slice(0, 1);
  if (m.rule === "split") m.split ??= { how: "text", by: ",", part: 1 };
  else delete m.split;
  if (m.rule !== "look_up") delete m.look_up;
  if (m.rule !== "values") delete m.keep;
  const check = Object.fromEntries(Object.entries(m.check ?? {}).filter(([, v]) => v !== "" && v !== 0 && !(Array.isArray(v) && v.length === 0)));
  if (Object.keys(check).length === 0) delete m.check;
  else m.check = check;
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

/** filledFrom begins a rule that fills a target field from a source field. */
export function filledFrom(map: FieldMap, source: string, target: Field): FieldMap {
  if (map.rule === "join") return { ...map, sources: [...new Set([...(map.sources ?? []), source])] };
  const rule: RuleKind = ONE_SOURCE.has(map.rule) ? map.rule : target.type === "option" && (target.options ?? []).length > 0 ? "values" : "copy";
  return edit({ ...map, rule }, { do: "source", source });
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
