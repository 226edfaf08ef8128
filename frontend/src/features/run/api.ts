import { queryOptions } from "@tanstack/react-query";
import { isCode } from "../../api/call";
import { runs, target } from "../../api/services";
import type { PlanView } from "../../api/types";

export const runQueries = {
  /** The latest plan, or null while there is none. */
  plan: () =>
    queryOptions({
      queryKey: ["run", "plan"],
      queryFn: async (): Promise<PlanView | null> => {
        try {
          return await runs.planView("");
        } catch (thrown) {
          if (isCode(thrown, "plan.none")) return null;
          throw thrown;
        }
      },
    }),
  preflight: (plan: string) => queryOptions({ queryKey: ["run", "preflight", plan], queryFn: () => runs.preflight(plan), staleTime: 30_000 }),
  thresholds: () => queryOptions({ queryKey: ["run", "thresholds"], queryFn: runs.thresholds }),
  share: () => queryOptions({ queryKey: ["run", "share"], queryFn: runs.share }),
  slices: () => queryOptions({ queryKey: ["run", "slices"], queryFn: runs.slices }),
  list: () => queryOptions({ queryKey: ["run", "list"], queryFn: runs.list }),
  canary: (run: string) => queryOptions({ queryKey: ["run", "canary", run], queryFn: () => runs.canary(run) }),
  desk: () => queryOptions({ queryKey: ["target", "desk"], queryFn: target.desk }),
  rollback: (run: string) => queryOptions({ queryKey: ["run", "rollback", run], queryFn: () => runs.rollbackPreview(run), staleTime: 0 }),
  rollbackSlice: (name: string) => queryOptions({ queryKey: ["run", "rollback-slice", name], queryFn: () => runs.slicePreview(name), staleTime: 0 }),
};
