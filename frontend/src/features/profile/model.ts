import type { GraphEdge, GraphView, ProfileField } from "../../api/types";

/** Placed is an object in the picture: its column, its row there. */
export interface Placed {
  object: string;
  rows: number;
  step: number;
  column: number;
  row: number;
}

/** place puts each object one column to the right of all that it hangs on. */
export function place(graph: GraphView): Placed[] {
  const column = new Map<string, number>();
  const used = new Map<number, number>();
  // In load order, so that what an object hangs on has its place already.
  return graph.nodes.map((n) => {
    const on = graph.edges.filter((e) => e.from === n.object && !e.later && column.has(e.to)).map((e) => (column.get(e.to) ?? 0) + 1);
    const c = Math.max(0, ...on);
    column.set(n.object, c);
    const row = used.get(c) ?? 0;
    used.set(c, row + 1);
    return { object: n.object, rows: n.rows, step: n.step, column: c, row };
  });
}

/** lines brings the links between two objects into one line of the picture. */
export function lines(edges: GraphEdge[]): { from: string; to: string; broken: number; later: boolean; fields: string[] }[] {
  const all = new Map<string, { from: string; to: string; broken: number; later: boolean; fields: string[] }>();
  for (const e of edges) {
    if (e.from === e.to) continue;
    const key = `${e.from} ${e.to}`;
    const line = all.get(key) ?? { from: e.from, to: e.to, broken: 0, later: e.later, fields: [] };
    line.broken += e.broken;
    line.later = line.later && e.later;
    line.fields.push(e.field);
    all.set(key, line);
  }
  return [...all.values()];
}

/** gaps lists the fields that are not filled everywhere, the emptiest first. */
export function gaps(fields: ProfileField[], rows: number): ProfileField[] {
  return fields.filter((f) => f.filled.value < rows).sort((a, b) => a.filled.value - b.filled.value || a.name.localeCompare(b.name));
}
