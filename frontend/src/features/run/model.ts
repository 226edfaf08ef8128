import type { PlanView, RunView } from "../../api/types";

/** Totals are the sums of a plan's columns. */
export interface Totals {
  create: number;
  update: number;
  skip: number;
  hold: number;
}

/** totalsOf adds up what a plan would do. */
export function totalsOf(plan: Pick<PlanView, "objects">): Totals {
  const sum = (k: keyof Totals) => plan.objects.reduce((n, o) => n + o[k].value, 0);
  return { create: sum("create"), update: sum("update"), skip: sum("skip"), hold: sum("hold") };
}

/** createdBy adds up what a run created. */
export function createdBy(run: RunView): number {
  return run.objects.reduce((n, o) => n + o.created, 0);
}
