import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { runs } from "../../api/services";
import type { PlanView, RunView } from "../../api/types";
import { Ask } from "../../components/ask";
import { JobPanel } from "../../components/job-panel";
import { Empty, Page, Tabs } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute, go, type Route } from "../../components/route";
import { usePageJob } from "../../components/use-page-job";
import { runQueries } from "./api";
import { CanaryPanel } from "./canary-panel";
import { RollbackClock } from "./clock";
import { LiveRun } from "./live-run";
import { waitingRun } from "./model";
import { PlanCard } from "./plan-card";
import { Rules } from "./rules";
import { RunHistory } from "./run-history";
import { Share } from "./share";
import { Slices } from "./slices";
import { StoppedPanel } from "./stopped-panel";
import { words } from "./strings";
import { TakeBack } from "./take-back";

const RUN_KINDS = ["run", "load", "full", "pilot", "delta", "retry", "resume", "rollback"];

/** planAgain makes a plan of the same part of the source as the one before. */
export function planAgain(plan: PlanView | null | undefined): Promise<string> {
  if (plan?.scope === "slice" && plan.part !== "") return runs.planSlice(plan.part);
  return runs.plan(plan?.scope === "delta" || (plan?.scope === "retry" && !plan.used) ? plan.scope : "full");
}

/** RunPage plans, shows the first records, runs, resumes and takes back. */
export function RunPage({ route }: { route: Route }) {
  const tab = route.rest[0] ?? "run";
  const plan = useQuery(runQueries.plan());
  const list = useQuery(runQueries.list());
  const planning = usePageJob(() => planAgain(plan.data), ["plan"]);
  const slicing = usePageJob(runs.planSlice, [], (job) => {
    if (job.state === "done") go(formatRoute("run"));
  });
  const start = usePageJob(runs.start, RUN_KINDS);
  const confirm = usePageJob(runs.confirm);
  const beyond = usePageJob(runs.beyond);
  const resume = usePageJob(runs.resume);
  const rollback = usePageJob(runs.rollback);
  const rollbackSlice = usePageJob(runs.rollbackSlice);
  const all = [start, confirm, beyond, resume, rollback, rollbackSlice];
  const work = all.find((j) => j.active) ?? newest(all.filter((j) => j.job));
  const busy = planning.active || slicing.active || (work?.active ?? false);
  const failed = [planning, slicing, resume, rollback].map((j) => j.start.problem).find((p) => p);
  const plans = slicing.job && (slicing.active || slicing.job.error) ? slicing : planning;
  const again = useReplan(busy, planning.start.run);
  const waiting = busy ? undefined : waitingRun(list.data);
  const [taking, setTaking] = useState<RunView | undefined>();

  return (
    <Page
      title={words.title}
      lead={words.lead}
      actions={
        tab === "run" &&
        plan.data &&
        plan.data.stale === "" &&
        !waiting && (
          <Button variant="default" disabled={busy} onClick={() => planning.start.run()}>
            {words.planAgain}
          </Button>
        )
      }
    >
      <Tabs label={words.title} open={tab} tabs={(["run", "slices", "rules"] as const).map((id) => ({ id, title: words.tabs[id], href: formatRoute("run", id === "run" ? [] : [id]) }))} />
      {failed && <ProblemNote problem={failed} />}
      {plans.job && (plans.active || plans.job.error) && <JobPanel job={plans.job} />}
      {work?.job && !(waiting && work.job.state === "needs-person") && <LiveRun job={work.job} target={plan.data?.target ?? ""} />}
      {tab === "slices" && <Slices busy={busy} planning={slicing.start} rollback={rollbackSlice.start} />}
      {tab === "rules" && (
        <>
          <Share />
          <Rules />
        </>
      )}
      {tab === "run" && (
        <>
          {waiting?.state === "canary" && <CanaryPanel run={waiting.id} busy={busy} stale={plan.data?.run === waiting.id && plan.data.stale !== ""} confirm={confirm.start} onTakeBack={() => setTaking(waiting)} />}
          {waiting?.state === "stopped" && <StoppedPanel run={waiting} busy={busy} beyond={beyond.start} onTakeBack={() => setTaking(waiting)} />}
          {!work?.active && (!waiting || plan.data?.run !== waiting.id || plan.data.stale !== "") && (
            <Ask of={plan}>
              {(p) =>
                p ? (
                  <PlanCard plan={p} busy={busy} replanning={again.pending || (planning.active && p.stale !== "")} starting={start.start} onPlan={() => planning.start.run()} onChosen={again.ask} />
                ) : (
                  <Empty
                    title={words.noPlan}
                    buttons={
                      <Button loading={planning.active} onClick={() => planning.start.run()}>
                        {words.plan}
                      </Button>
                    }
                  >
                    {words.noPlanBody}
                  </Empty>
                )
              }
            </Ask>
          )}
          <RunHistory busy={busy} paused={work?.job?.state === "paused"} onResume={(id) => resume.start.run(id)} onTakeBack={setTaking} />
          {(list.data ?? []).length > 0 && <RollbackClock busy={busy} />}
        </>
      )}
      {taking && <TakeBack id={taking.id} title={words.rollback.title} preview={runQueries.rollback(taking.id)} rollback={rollback.start} onClose={() => setTaking(undefined)} />}
    </Page>
  );
}

/** newest is the piece of work that began last. */
function newest<J extends { job?: { started: string } }>(list: J[]): J | undefined {
  return list.reduce<J | undefined>((best, j) => ((j.job?.started ?? "") > (best?.job?.started ?? "") ? j : best), undefined);
}

/** useReplan makes the plan again by itself after a choice, as soon as nothing else runs. */
function useReplan(busy: boolean, plan: () => void): { pending: boolean; ask: () => void } {
  const [pending, setPending] = useState(false);
  useEffect(() => {
    if (!pending || busy) return;
    plan();
    setPending(false);
  }, [pending, busy, plan]);
  return { pending, ask: () => setPending(true) };
}
