import type { Column, Output, Table } from "../../api/types";

/** needsReading says whether a change needs the file to be read again. */
export function needsReading(before: Table, after: Table): boolean {
  return (
    before.encoding !== after.encoding ||
    before.delimiter !== after.delimiter ||
    before.quote !== after.quote ||
    before.header_row !== after.header_row
  );
}

/** withColumn returns the table with one column changed. */
export function withColumn(t: Table, name: string, change: Partial<Column>): Table {
  return { ...t, columns: t.columns.map((c) => (c.name === name ? { ...c, ...change } : c)) };
}

/** withOutput returns the table with one output changed. */
export function withOutput(t: Table, index: number, change: Partial<Output>): Table {
  return { ...t, outputs: t.outputs.map((o, i) => (i === index ? { ...o, ...change } : o)) };
}

/** withObject says which records a table's output becomes; "" takes the output away. */
export function withObject(t: Table, index: number, object: string): Table {
  if (object === "") return { ...t, outputs: t.outputs.filter((_, i) => i !== index) };
  return withOutput(t, index, { object });
}

/** withNewOutput adds an output of that object, without a key yet. */
export function withNewOutput(t: Table, object: string): Table {
  const output: Output = {
    object, key: [], repeats: t.outputs.length === 0 ? "count" : "first", columns: [], as: {}, where: null, links: [], file_column: "", why: "",
  };
  return { ...t, outputs: [...t.outputs, output] };
}

/** linkTotals adds up what the links of a table found. */
export function linkTotals(t: Table): { matched: number; orphans: number } {
  const links = t.outputs.flatMap((o) => o.links);
  return {
    matched: links.reduce((n, l) => n + l.matched, 0),
    orphans: links.reduce((n, l) => n + l.orphans, 0),
  };
}

/** isText says whether a table has an encoding and perhaps a delimiter to correct. */
export function isText(t: Table): boolean {
  return ["csv", "tsv", "json", "ndjson", "sql"].includes(t.kind);
}

/** stateOf is how a table stands: can't be read, worth a look, or fine. */
export function stateOf(t: Table): "refused" | "look" | "fine" {
  if (t.refused) return "refused";
  return t.broken > 0 || t.outputs.length === 0 || t.notes.length > 0 ? "look" : "fine";
}

/** needsPlaceholder says whether there are tickets but no customers they could belong to. */
export function needsPlaceholder(found: Table[]): boolean {
  const objects = new Set(found.flatMap((t) => t.outputs.map((o) => o.object)));
  return objects.has("ticket") && !objects.has("contact");
}
