import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { delta, runs } from "../../api/services";
import type { DeltaRow, DeltaView } from "../../api/types";
import { Ask } from "../../components/ask";
import { Figure } from "../../components/figure";
import { when } from "../../components/format";
import { JobPanel } from "../../components/job-panel";
import { Mark } from "../../components/marks";
import { Empty, Page, Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute } from "../../components/route";
import tables from "../../components/table.module.css";
import { usePageJob } from "../../components/use-page-job";
import { deltaQueries } from "./api";
import { Choices } from "./choices";
import { words } from "./strings";

const COLUMNS = ["new", "changed", "deleted", "merged", "redacted"] as const;
const LATER = ["problems", "settled"] as const;

/** waiting counts what is to be brought over; what was decided before is settled. */
export function waiting(rows: DeltaRow[]): number {
  return rows.reduce((n, r) => n + r.new.value + Math.max(0, r.changed.value + r.deleted.value + r.merged.value + r.redacted.value - r.settled.value), 0);
}

/** DeltaPage reads what changed at the source, asks what needs a decision, and leads to the run. */
export function DeltaPage() {
  const view = useQuery(deltaQueries.view());
  const read = usePageJob(delta.read, ["changes"]);
  const plan = usePageJob(() => runs.plan("delta"), ["plan"]);
  const busy = read.active || plan.active;
  const jobs = [read, plan].filter((j) => j.job && (j.active || j.job.error));
  return (
    <Page
      title={words.title}
      lead={words.lead}
      actions={
        view.data?.moved === true && (
          <Button variant={view.data.read === "" ? "filled" : "default"} loading={read.active} disabled={busy} onClick={() => read.start.run()}>
            {view.data.read === "" ? words.read : words.readAgain}
          </Button>
        )
      }
    >
      {(read.start.problem ?? plan.start.problem) && <ProblemNote problem={(read.start.problem ?? plan.start.problem) as NonNullable<typeof plan.start.problem>} />}
      {jobs.map((j) => j.job && <JobPanel key={j.job.id} job={j.job} />)}
      <Ask of={view}>
        {(v) =>
          v.moved ? (
            <Steps view={v} busy={busy} onPlan={() => plan.start.run()} />
          ) : (
            <Empty
              title={words.notMoved}
              buttons={
                <Button component="a" href={formatRoute("run")}>
                  {words.toRun}
                </Button>
              }
            >
              {words.notMovedBody}
            </Empty>
          )
        }
      </Ask>
    </Page>
  );
}

function Steps({ view: v, busy, onPlan }: { view: DeltaView; busy: boolean; onPlan: () => void }) {
  const some = waiting(v.objects) > 0;
  const planned = v.plan !== "" && !v.started && !v.stale;
  return (
    <>
      <Section title={words.steps.read} aside={<span className="faint">{v.read === "" ? words.never : words.readAt(when(v.read))}</span>}>
        <Counts view={v} />
        {!some && v.read !== "" && <Mark tone="pass">{words.nothing}</Mark>}
      </Section>
      {some && (
        <Section title={words.steps.decide}>
          {v.plan !== "" && v.started && <p className="soft">{words.started}</p>}
          {v.plan !== "" && v.stale && !v.started && <Mark tone="warn">{words.stale}</Mark>}
          {!planned && (
            <div className="row">
              <Button disabled={busy} onClick={onPlan}>
                {v.plan === "" ? words.plan : words.planAgain}
              </Button>
              <span className="soft">{words.planFirst}</span>
            </div>
          )}
          {planned && v.conflicts + v.gone > 0 && <p>{words.toDecide(v.conflicts, v.gone)}</p>}
          {planned && v.conflicts + v.gone === 0 && <Mark tone="pass">{words.noneToDecide}</Mark>}
        </Section>
      )}
      {v.plan !== "" && v.conflicts > 0 && <Choices key={`c${v.plan}`} view={v} kind="conflict" busy={busy} />}
      {v.plan !== "" && v.gone > 0 && <Choices key={`g${v.plan}`} view={v} kind="gone" busy={busy} />}
      {planned && (
        <Section title={words.steps.run}>
          <div className="row">
            <Button component="a" href={formatRoute("run")}>
              {words.goOn}
            </Button>
            <span className="soft">{words.goOnBody}</span>
          </div>
        </Section>
      )}
    </>
  );
}

function Counts({ view }: { view: DeltaView }) {
  const h = words.head;
  const later = LATER.filter((c) => view.objects.some((o) => o[c].value > 0));
  return (
    <div className={tables.wrap}>
      <table className={tables.table}>
        <thead>
          <tr>
            <th>{h.object}</th>
            {COLUMNS.map((c) => (
              <th key={c} className={tables.num}>
                {h[c]}
              </th>
            ))}
            <th className={tables.num}>{h.conflicts}</th>
            {later.map((c) => (
              <th key={c} className={tables.num}>
                {h[c]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {view.objects.map((o) => (
            <tr key={o.object}>
              <th scope="row">{o.title}</th>
              {COLUMNS.map((c) => (
                <td key={c} className={tables.num}>
                  <Figure of={o[c]} />
                </td>
              ))}
              <td className={tables.num}>{view.plan === "" ? <span className="faint">{waiting([o]) > 0 ? words.notYet : "–"}</span> : <Figure of={o.conflicts} />}</td>
              {later.map((c) => (
                <td key={c} className={tables.num}>
                  <Figure of={o[c]} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
