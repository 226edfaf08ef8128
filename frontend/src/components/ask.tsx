import { Skeleton } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { toProblem } from "../api/call";
import { ProblemNote } from "./problem-note";
import { words } from "./strings";

/** Waiting is what a page shows until its first answer: lines, no spinner. */
export function Waiting({ lines = 6 }: { lines?: number }) {
  return (
    <div className="stack" role="status" aria-label={words.loading}>
      {Array.from({ length: lines }, (_, i) => (
        <Skeleton key={i} height={i === 0 ? 28 : 18} width={`${96 - ((i * 13) % 38)}%`} radius="sm" />
      ))}
    </div>
  );
}

/** Ask shows an answer of Go's: waiting, the problem, or the thing itself. */
export function Ask<T>({ of, lines, children }: { of: UseQueryResult<T>; lines?: number; children: (data: T) => ReactNode }) {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.error) return <ProblemNote problem={toProblem(of.error)} onRetry={() => void of.refetch()} />;
  return <Waiting lines={lines} />;
}
