import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { jobs } from "./services";
import type { JobView } from "./types";
import { onEvent } from "./wails";

const POLL_MS = 1000;

/** isActive says whether a job is still going to change. */
export function isActive(job: JobView | null | undefined): boolean {
  return job?.state === "running" || job?.state === "paused";
}

/** newer keeps the later of two states: events and answers may overtake one another. */
export function newer(known: JobView | null | undefined, came: JobView): JobView {
  return known?.id === came.id && known.seq > came.seq ? known : came;
}

function useJobNudge(key: readonly unknown[]): void {
  const client = useQueryClient();
  const hash = JSON.stringify(key);
  useEffect(() => {
    let waiting: ReturnType<typeof setTimeout> | undefined;
    const off = onEvent("job", () => {
      waiting ??= setTimeout(() => {
        waiting = undefined;
        void client.invalidateQueries({ queryKey: JSON.parse(hash) as unknown[] });
      }, 150);
    });
    return () => {
      clearTimeout(waiting);
      off();
    };
  }, [client, hash]);
}

/** useJob follows one job until it ends, and then calls onEnd once. */
export function useJob(id: string, onEnd?: (job: JobView) => void): JobView | undefined {
  const client = useQueryClient();
  const key = ["job", id] as const;
  useJobNudge(key);
  const { data } = useQuery({
    queryKey: key,
    queryFn: async () => newer(client.getQueryData<JobView>(key), await jobs.status(id)),
    enabled: id !== "",
    refetchInterval: (q) => (isActive(q.state.data) || !q.state.data ? POLL_MS : false),
    staleTime: 0,
  });
  const ended = useRef("");
  const end = useRef(onEnd);
  useEffect(() => {
    end.current = onEnd;
  });
  useEffect(() => {
    if (data && !isActive(data) && ended.current !== data.id) {
      ended.current = data.id;
      end.current?.(data);
    }
  }, [data]);
  return id === "" ? undefined : data;
}

/** useCurrentJob is the job that runs now, whoever started it. */
export function useCurrentJob(): JobView | null {
  const key = ["job", "current"] as const;
  useJobNudge(key);
  const { data } = useQuery({
    queryKey: key,
    queryFn: () => jobs.current(),
    refetchInterval: (q) => (isActive(q.state.data) ? POLL_MS : 4 * POLL_MS),
    staleTime: 0,
  });
  return data ?? null;
}
