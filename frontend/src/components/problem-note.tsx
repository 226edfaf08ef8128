import { Button } from "@mantine/core";
import { IconAlertOctagon, IconAlertTriangle, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { Problem } from "../api/types";
import { CopyButton } from "./copy-button";
import css from "./problem-note.module.css";
import { words } from "./strings";

const ICON = { fail: IconAlertOctagon, warn: IconAlertTriangle, note: IconInfoCircle };

/** asText is the whole problem as somebody would paste it into a mail. */
export function asText(p: Problem): string {
  const where = Object.entries(p.where ?? {}).map(([k, v]) => `${words.place[k] ?? k}: ${String(v)}`);
  return [p.what, p.why, p.next, ...where, `(${p.code})`, p.detail ?? ""].filter((s) => s !== "").join("\n");
}

/** ProblemNote says what happened, what it means and what to do next; the detail is one click below. */
export function ProblemNote(props: { problem: Problem; tone?: "fail" | "warn" | "note"; onRetry?: () => void; children?: ReactNode }) {
  const { problem, tone = "fail", onRetry, children } = props;
  const Icon = ICON[tone];
  const where = Object.entries(problem.where ?? {}).filter(([, v]) => v !== "" && v !== 0);
  return (
    <section className={css.note} data-tone={tone} role={tone === "fail" ? "alert" : "note"}>
      <span className={css.icon}>
        <Icon size={18} aria-hidden />
      </span>
      <div className={css.body}>
        <p className={css.what}>{problem.what}</p>
        {problem.why !== "" && <p>{problem.why}</p>}
        {problem.next !== "" && <p className={css.next}>{problem.next}</p>}
        {where.length > 0 && (
          <p className={css.where}>
            {where.map(([k, v]) => (
              <span key={k}>
                {words.place[k] ?? k}: <span className="mono">{String(v)}</span>
              </span>
            ))}
          </p>
        )}
        {(onRetry || children) && (
          <div className={css.actions}>
            {children}
            {onRetry && (
              <Button size="compact-sm" variant="default" onClick={onRetry}>
                {words.tryAgain}
              </Button>
            )}
          </div>
        )}
        {(problem.detail ?? "") !== "" && (
          <details className={css.details}>
            <summary>{words.detail}</summary>
            <pre>{problem.detail}</pre>
            <CopyButton text={asText(problem)} />
          </details>
        )}
      </div>
    </section>
  );
}
