import type { Filter, Narrowing, RecordRow, Sorting } from "../../api/types";
import { fateOf } from "../../components/fate";
import { words } from "./strings";

/** Chip is one condition of a filter in words. */
export interface Chip {
  id: string;
  text: string;
  /** The filter without it. */
  without: Filter;
}

const c = words.chips;

function fieldText(f: Filter): string {
  const field = f.field ?? "";
  switch (f.op) {
    case "equals":
    case "":
    case undefined:
      return c.equals(field, f.value ?? "");
    case "filled":
      return c.filled(field);
    case "linked":
      return c.linked(field);
    case "finding":
      return f.words ?? c.field(field, "", f.value ?? "");
    case "year":
      return c.year(field, f.value ?? "");
    case "empty":
      return c.empty(field);
    case "blank":
      return c.blank(field);
    case "broken_link":
      return c.broken_link(field);
    case "repeated_key":
      return c.repeated_key();
    default:
      return c.field(field, f.op, f.value ?? "");
  }
}

/** bare takes the sentence off a filter that is changed: it would no longer be true. */
function bare(f: Filter, ...keys: Exclude<keyof Filter, "object">[]): Filter {
  const gone = new Set<string>([...keys, "words"]);
  return Object.fromEntries(Object.entries(f).filter(([k]) => !gone.has(k))) as unknown as Filter;
}

/** chipsOf says a filter's conditions one by one, each with the filter that lacks it. */
export function chipsOf(f: Filter): Chip[] {
  const chips: Chip[] = [];
  if (f.fate) chips.push({ id: "fate", text: c.fate(fateOf(f.fate).word), without: bare(f, "fate") });
  // A group of held records: the reason and the field belong together.
  if (f.op === "held") chips.push({ id: "code", text: c.code(f.words ?? f.code ?? ""), without: bare(f, "code", "field", "op", "value") });
  else if (f.code) chips.push({ id: "code", text: c.code(f.words ?? f.code), without: bare(f, "code") });
  if ((f.field || f.op) && f.op !== "held") chips.push({ id: "field", text: fieldText(f), without: bare(f, "field", "op", "value") });
  f.where?.forEach((w, i) => {
    const rest = f.where?.filter((_, k) => k !== i) ?? [];
    chips.push({ id: `where${i}`, text: whereText(w), without: rest.length > 0 ? { ...bare(f), where: rest } : bare(f, "where") });
  });
  if (f.text) chips.push({ id: "text", text: c.text(f.text), without: bare(f, "text") });
  if (f.check) chips.push({ id: "check", text: c.check(f.words ?? f.check), without: bare(f, "check") });
  if (f.decision) chips.push({ id: "decision", text: c.decision(f.decision), without: bare(f, "decision") });
  if (f.plan || f.action) chips.push({ id: "plan", text: c.plan(words.actions[f.action ?? ""] ?? f.action ?? ""), without: bare(f, "plan", "action") });
  if (f.run) chips.push({ id: "run", text: c.run(f.run), without: bare(f, "run") });
  if (f.rule) chips.push({ id: "rule", text: c.rule(f.words ?? f.rule), without: bare(f, "rule") });
  if (f.thread) chips.push({ id: "thread", text: c.thread(f.thread), without: bare(f, "thread") });
  return chips;
}

/** The columns that every object has beside its fields. */
export const NAME = "\u0000name";
export const FATE = "\u0000fate";

/** OPS are the questions that a condition can ask; those in NO_VALUE need no value. */
export const OPS = ["is", "is_not", "contains", "starts", "filled", "empty", "more", "less"] as const;
export const NO_VALUE: readonly string[] = ["filled", "empty"];

export function whereText(w: Narrowing): string {
  return NO_VALUE.includes(w.op) ? `${w.field} ${words.ops[w.op] ?? w.op}` : `${w.field} ${words.ops[w.op] ?? w.op} “${w.value}”`;
}

export function withWhere(f: Filter, w: Narrowing): Filter {
  return { ...bare(f), where: [...(f.where ?? []), w] };
}

/** sortedBy is how a list is sorted by a column now. */
export function sortedBy(f: Filter, field: string): Sorting | undefined {
  return f.sort?.[0]?.field === field ? f.sort[0] : undefined;
}

/** withSort sorts by a column: first upwards, then downwards, then as it was read. */
export function withSort(f: Filter, field: string): Filter {
  const now = sortedBy(f, field);
  return now?.desc ? { ...f, sort: undefined } : { ...f, sort: [{ field, desc: now !== undefined }] };
}

/** withText, withFate change one condition and drop the sentence. */
export function withText(f: Filter, text: string): Filter {
  return text === "" ? bare(f, "text") : { ...bare(f), text };
}

export function withFate(f: Filter, fate: string): Filter {
  return fate === "" ? bare(f, "fate") : { ...bare(f), fate };
}

/** parseFilter reads the filter of an address; what cannot be read is no filter. */
export function parseFilter(text: string | undefined, object: string): Filter {
  try {
    const parsed: unknown = JSON.parse(text ?? "");
    if (typeof parsed === "object" && parsed !== null && "object" in parsed && typeof parsed.object === "string" && parsed.object !== "") {
      return parsed as Filter;
    }
  } catch {
    // An address that somebody typed: show everything.
  }
  return { object };
}

/** asTable writes rows as a spreadsheet takes them from the clipboard. */
export function asTable(columns: string[], rows: RecordRow[]): string {
  // A cell that a spreadsheet would take for a formula is written as text.
  const clean = (s: string) => {
    const one = s.replace(/[\t\r\n]+/g, " ");
    return /^[=+\-@]/.test(one) ? `'${one}` : one;
  };
  const lines = rows.map((r) => [r.id, r.name, fateOf(r.fate).word, r.why, ...r.cells, r.place].map(clean).join("\t"));
  return [[words.number, words.name, words.fate, words.why, ...columns, words.place].join("\t"), ...lines].join("\n");
}
