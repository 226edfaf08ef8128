import { useState } from "react";
import { isActive, useCurrentJob, useJob } from "../api/jobs";
import { refreshAll } from "../api/query";
import type { JobView } from "../api/types";
import { useDo, type Deed } from "./do";

export interface PageJob<A extends unknown[]> {
  start: Deed<A, string>;
  /** The job that this page started, or one of its kinds that runs already; kept after its end. */
  job: JobView | undefined;
  active: boolean;
}

/** usePageJob starts long work, follows it, and asks again for everything when it ends. */
export function usePageJob<A extends unknown[]>(start: (...args: A) => Promise<string>, kinds: string[] = [], onEnd?: (job: JobView) => void): PageJob<A> {
  const [id, setID] = useState("");
  const current = useCurrentJob();
  const begun = useDo(start, setID);
  const adopted = current && isActive(current) && kinds.includes(current.kind) ? current.id : id;
  if (adopted !== id) setID(adopted);
  const job = useJob(adopted, (ended) => {
    void refreshAll();
    onEnd?.(ended);
  });
  return { start: begun, job, active: begun.busy || isActive(job) };
}
