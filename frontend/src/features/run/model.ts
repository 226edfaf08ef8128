import type { PlanView, PreflightView, RollbackRow, RunView, SliceForm, SliceView } from "../../api/types";

/** COLUMNS of a plan that add up. */
export const COLUMNS = ["create", "match", "update", "merge", "skip", "hold", "unchanged", "conflict", "gone"] as const;
export type Column = (typeof COLUMNS)[number];
export type Totals = Record<Column, number>;

/** totalsOf adds up what a plan would do. */
export function totalsOf(plan: Pick<PlanView, "objects">): Totals {
  const sum = (k: Column) => plan.objects.reduce((n, o) => n + o[k].value, 0);
  return Object.fromEntries(COLUMNS.map((c) => [c, sum(c)])) as Totals;
}

/** columnsOf are those worth showing: what is to create and to hold back always, the others where there is something. */
export function columnsOf(totals: Totals): Column[] {
  return COLUMNS.filter((c) => c === "create" || c === "hold" || totals[c] > 0);
}

/** createdBy adds up what a run created. */
export function createdBy(run: RunView): number {
  return run.objects.reduce((n, o) => n + o.created, 0);
}

/** removedBy adds up what a rollback would remove. */
export function removedBy(rows: RollbackRow[]): number {
  return rows.reduce((n, r) => n + r.remove.value, 0);
}

/** inTheWay are the findings that stop a run and that nobody accepted. */
export function inTheWay(list: PreflightView[] | undefined): PreflightView[] {
  return (list ?? []).filter((f) => f.state === "stop" && !f.accepted);
}

/** waitingRun is the run that waits for a person, if any: the newest one decides. */
export function waitingRun(list: RunView[] | undefined): RunView | undefined {
  const newest = list?.find((r) => r.kind !== "rollback");
  return newest && (newest.state === "canary" || newest.state === "stopped") ? newest : undefined;
}

/** formOf is what of a slice can be edited. */
export function formOf(s: SliceView): SliceForm {
  return { name: s.name, object: s.object, conditions: s.conditions.map((c) => ({ ...c })) };
}

/** moved puts an entry one place up or down. */
export function moved<T>(list: T[], from: number, by: -1 | 1): T[] {
  const out = [...list];
  const [it] = out.splice(from, 1);
  if (it !== undefined) out.splice(from + by, 0, it);
  return out;
}

/** opsFor are the comparisons that make sense for a field. */
export function opsFor(type: string): string[] {
  if (type === "date" || type === "datetime") return ["since", "before", "filled", "empty"];
  return ["is", "is_not", "contains", "filled", "empty", ...(type === "text" || type === "" ? ["since", "before"] : [])];
}

/** needsValue says whether a comparison compares with something. */
export function needsValue(op: string): boolean {
  return op !== "filled" && op !== "empty";
}
