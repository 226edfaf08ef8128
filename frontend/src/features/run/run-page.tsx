import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { runs } from "../../api/services";
import type { JobView } from "../../api/types";
import { Ask } from "../../components/ask";
import { JobPanel } from "../../components/job-panel";
import { Empty, Page, Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { RateChart } from "../../components/rate-chart";
import { formatRoute } from "../../components/route";
import { usePageJob } from "../../components/use-page-job";
import { runQueries } from "./api";
import { PlanCard } from "./plan-card";
import { RunHistory } from "./run-history";
import { words } from "./strings";

const SCOPE = "full";

/** RunPage plans, runs, resumes and takes back. */
export function RunPage() {
  const plan = useQuery(runQueries.plan());
  const planning = usePageJob(() => runs.plan(SCOPE), ["plan"]);
  const start = usePageJob(runs.start, ["run", "load", "full", "pilot", "delta", "retry", "resume", "rollback"]);
  const resume = usePageJob(runs.resume);
  const rollback = usePageJob(runs.rollback);
  const work = [start, resume, rollback].find((j) => j.active) ?? [start, resume, rollback].find((j) => j.job);
  const busy = planning.active || (work?.active ?? false);
  const failed = planning.start.problem ?? resume.start.problem ?? rollback.start.problem;

  return (
    <Page
      title={words.title}
      lead={words.lead}
      actions={
        plan.data && (
          <Button variant="default" disabled={busy} onClick={() => planning.start.run()}>
            {words.planAgain}
          </Button>
        )
      }
    >
      {failed && <ProblemNote problem={failed} />}
      {planning.job && (planning.active || planning.job.error) && <JobPanel job={planning.job} />}
      {work?.job && <LiveRun job={work.job} />}
      {!work?.active && (
        <Ask of={plan}>
          {(p) =>
            p ? (
              <PlanCard key={p.id} plan={p} busy={busy} starting={start.start} onPlan={() => planning.start.run()} />
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
      <RunHistory busy={busy} onResume={(id) => resume.start.run(id)} rollback={rollback.start} />
    </Page>
  );
}

function LiveRun({ job }: { job: JobView }) {
  const ended = job.state === "done";
  return (
    <Section title={ended ? words.finished : words.running}>
      <JobPanel job={job}>
        {job.rates.length > 4 && (
          <div>
            <p className="faint">{words.rate}</p>
            <RateChart rates={job.rates} />
          </div>
        )}
        {ended && (
          <div className="row">
            <Button component="a" href={formatRoute("check")}>
              {words.toCheck}
            </Button>
            {job.failed > 0 && (
              <Button component="a" href={formatRoute("held")} variant="default">
                {words.toHeld}
              </Button>
            )}
          </div>
        )}
      </JobPanel>
    </Section>
  );
}
