import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { runs } from "../../api/services";
import type { PlanView, PreflightView } from "../../api/types";
import { Ask } from "../../components/ask";
import { ByName } from "../../components/by-name";
import { useDo } from "../../components/do";
import { when } from "../../components/format";
import { Mark, type Tone } from "../../components/marks";
import { Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { runQueries } from "./api";
import css from "./run.module.css";
import { words } from "./strings";

const w = words.preflight;
const TONES: Record<string, Tone> = { ok: "pass", warn: "warn", stop: "fail" };

/** PreflightList is what was looked up in the target before anything is written. */
export function PreflightList({ plan, busy }: { plan: PlanView; busy: boolean }) {
  const found = useQuery(runQueries.preflight(plan.id));
  return (
    <Section
      title={w.title}
      aside={
        <span className="row">
          <span className="faint">{w.lead(plan.target)}</span>
          <Button size="compact-sm" variant="default" loading={found.isFetching} onClick={() => void found.refetch()}>
            {w.again}
          </Button>
        </span>
      }
    >
      <Ask of={found} lines={4}>
        {(list) => (
          <ul className="card">
            {[...list].sort((a, b) => rank(a) - rank(b)).map((f) => (
              <Finding key={f.code} finding={f} busy={busy} />
            ))}
          </ul>
        )}
      </Ask>
    </Section>
  );
}

/** rank puts first what is in the way. */
function rank(f: PreflightView): number {
  return f.state === "stop" ? (f.accepted ? 1 : 0) : f.state === "warn" ? 2 : 3;
}

function Finding({ finding, busy }: { finding: PreflightView; busy: boolean }) {
  const [asking, setAsking] = useState(false);
  const accept = useDo(runs.accept, () => setAsking(false));
  const f = finding;
  const tone = f.accepted ? "warn" : (TONES[f.state] ?? "faint");
  return (
    <li className={css.finding}>
      <Mark tone={tone}>{w.state[f.accepted ? "warn" : f.state] ?? f.state}</Mark>
      <div className={css.findingBody}>
        <p className={f.state === "ok" ? "" : css.strong}>{f.what}</p>
        {f.why !== "" && <p className="soft">{f.why}</p>}
        {f.next !== "" && <p>{f.next}</p>}
        {f.details.length > 0 && (
          <details className={css.details} open={f.state === "stop"}>
            <summary>{w.details(f.details.length)}</summary>
            <ul>
              {f.details.map((d, i) => (
                <li key={i} dir="auto">
                  {d}
                </li>
              ))}
            </ul>
          </details>
        )}
        {f.accepted && (
          <p className="faint">
            {w.accepted(f.accepted_by, when(f.accepted_at))}: {f.accepted_why}
          </p>
        )}
        {accept.problem && !asking && <ProblemNote problem={accept.problem} />}
      </div>
      {f.can_accept && (
        <Button size="compact-sm" variant="default" disabled={busy} loading={accept.busy} onClick={() => (f.accepted ? accept.run(f.code, "") : setAsking(true))}>
          {f.accepted ? w.takeBack : `${w.accept}…`}
        </Button>
      )}
      <ByName opened={asking} title={w.acceptTitle} label={w.why} button={w.as} busy={accept.busy} problem={accept.problem} danger onClose={() => setAsking(false)} onConfirm={(why) => accept.run(f.code, why)}>
        <p>{f.what}</p>
        <p className="soft">{w.acceptBody}</p>
      </ByName>
    </li>
  );
}
