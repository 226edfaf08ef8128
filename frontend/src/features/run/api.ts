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
  list: () => queryOptions({ queryKey: ["run", "list"], queryFn: runs.list }),
  desk: () => queryOptions({ queryKey: ["target", "desk"], queryFn: target.desk }),
  rollback: (run: string) => queryOptions({ queryKey: ["run", "rollback", run], queryFn: () => runs.rollbackPreview(run), staleTime: 0 }),
};
