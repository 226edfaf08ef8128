import { useMutation } from "@tanstack/react-query";
import { toProblem } from "../api/call";
import { refreshAll } from "../api/query";
import type { Problem } from "../api/types";

export interface Deed<A extends unknown[], R> {
  /** run does it; it never throws: what went wrong is in problem. */
  run: (...args: A) => void;
  /** ask does it and hands the result to the caller, or undefined when it failed. */
  ask: (...args: A) => Promise<R | undefined>;
  busy: boolean;
  problem: Problem | null;
  forget: () => void;
}

/** useDo wraps a change to the project: afterwards everything on screen is asked for again. */
export function useDo<A extends unknown[], R>(f: (...args: A) => Promise<R>, onDone?: (result: R) => void): Deed<A, R> {
  const m = useMutation({
    mutationFn: (args: A) => f(...args),
    onSuccess: (result) => {
      onDone?.(result);
      void refreshAll();
    },
  });
  return {
    run: (...args) => m.mutate(args),
    ask: async (...args) => {
      try {
        return await m.mutateAsync(args);
      } catch {
        return undefined;
      }
    },
    busy: m.isPending,
    problem: m.error ? toProblem(m.error) : null,
    forget: () => m.reset(),
  };
}
