import type { Field, FieldMap, FieldMapView, ObjectMapView } from "../../api/types";
import { stateOf, titleOf } from "./model";

/** Line leads from a source field to a target field that gets it. */
export interface Line {
  source: string;
  target: string;
  state: ReturnType<typeof stateOf>;
}

const IN_BRACKETS = /(?<![\w\]])\[([^\]]+)\]/g;

/** sourcesOf are the source fields that a rule takes its value from. */
export function sourcesOf(map: FieldMap): string[] {
  if (map.rule === "fixed" || map.rule === "leave_out") return [];
  if (map.rule === "formula") return [...new Set([...(map.formula ?? "").matchAll(IN_BRACKETS)].map((x) => x[1] ?? ""))];
  return (map.sources ?? []).filter((s) => s !== "");
}

/** linesOf are the lines of some rows. */
export function linesOf(rows: FieldMapView[]): Line[] {
  return rows.flatMap((f) => sourcesOf(f.map).map((source) => ({ source, target: f.target.name, state: stateOf(f) })));
}

/** inStep orders the source fields as the rows that they fill, so that lines seldom cross; those that fill nothing stand last. */
export function inStep(sources: Field[], rows: FieldMapView[]): Field[] {
  const first = new Map<string, number>();
  rows.forEach((f, i) => {
    for (const s of sourcesOf(f.map)) if (!first.has(s)) first.set(s, i);
  });
  return sources
    .map((f, i) => ({ f, at: first.get(f.name) ?? Number.MAX_SAFE_INTEGER, i }))
    .sort((a, b) => a.at - b.at || a.i - b.i)
    .map((x) => x.f);
}

const has = (text: string | undefined, search: string) => (text ?? "").toLowerCase().includes(search);

/** matchesField says whether a field's name or title holds the search. */
export function matchesField(f: Field, search: string): boolean {
  return has(f.name, search) || has(f.title, search);
}

/** Shown is what is left of an object's mapping after filtering. */
export interface Shown {
  rows: FieldMapView[];
  sources: Field[];
}

/** narrow keeps the rows that the search finds on either side, and the source fields that belong to them. */
export function narrow(object: ObjectMapView, rows: FieldMapView[], search: string, hideDone: boolean): Shown {
  const s = search.trim().toLowerCase();
  const byName = new Map(object.source_fields.map((f) => [f.name, f]));
  const kept = rows.filter((f) => {
    if (hideDone && stateOf(f) === "reviewed") return false;
    if (s === "") return true;
    return matchesField(f.target, s) || has(f.words, s) || sourcesOf(f.map).some((n) => has(n, s) || matchesField(byName.get(n) ?? { name: n, type: "text" }, s));
  });
  const used = new Set(kept.flatMap((f) => sourcesOf(f.map)));
  const unused = new Set(object.unused);
  const sources = object.source_fields.filter((f) => used.has(f.name) || (s === "" ? !hideDone || unused.has(f.name) : matchesField(f, s)));
  return { rows: kept, sources: inStep(sources, rows) };
}

/** Pane is a list that scrolls: how high it is altogether, how much of it is seen, and how far it is scrolled. */
export interface Pane {
  whole: number;
  view: number;
}

/**
 * follow says how far the other list must be scrolled so that what belongs together stays
 * side by side. Pairs are places of this list and of the other one that belong together,
 * in order; at is how far this list is scrolled.
 */
export function follow(pairs: [number, number][], at: number, mine: Pane, other: Pane): number {
  const most = Math.max(0, other.whole - other.view);
  const mostMine = Math.max(0, mine.whole - mine.view);
  if (most === 0 || mostMine === 0) return 0;
  const middle = at + mine.view / 2;
  const points: [number, number][] = [[mine.view / 2, other.view / 2]];
  for (const p of pairs) {
    const last = points[points.length - 1];
    if (last && p[0] > last[0] && p[1] > last[1] && p[0] < mine.whole - mine.view / 2 && p[1] < other.whole - other.view / 2) points.push(p);
  }
  points.push([mine.whole - mine.view / 2, other.whole - other.view / 2]);
  let to = points[0] ?? [0, 0];
  for (let i = 1; i < points.length; i++) {
    const a = points[i - 1];
    const b = points[i];
    if (!a || !b) break;
    if (middle <= b[0] || i === points.length - 1) {
      const part = b[0] === a[0] ? 1 : (middle - a[0]) / (b[0] - a[0]);
      to = [middle, a[1] + Math.max(0, Math.min(1, part)) * (b[1] - a[1])];
      break;
    }
  }
  return Math.max(0, Math.min(most, to[1] - other.view / 2));
}

/** curve is the path of a line between two heights over a gap of some width. */
export function curve(from: number, to: number, width: number): string {
  return `M0,${from.toFixed(1)} C${(width * 0.45).toFixed(1)},${from.toFixed(1)} ${(width * 0.55).toFixed(1)},${to.toFixed(1)} ${width},${to.toFixed(1)}`;
}

/** Left is what is still to do in a mapping, counted in fields. */
export interface Left {
  open: number;
  required: number;
  all: number;
}

/** leftOf counts the fields of some objects that nobody decided, and those of them that must be filled. */
export function leftOf(objects: ObjectMapView[]): Left {
  const fields = objects.flatMap((o) => (o.target === "" ? [] : o.fields));
  const open = fields.filter((f) => stateOf(f) === "open" || stateOf(f) === "problem");
  return { open: open.length, required: open.filter((f) => f.target.required === true).length, all: fields.length };
}

/** nameIn is what people call a source field. */
export function nameIn(object: ObjectMapView, source: string): string {
  const f = object.source_fields.find((x) => x.name === source);
  return f ? titleOf(f) : source;
}
