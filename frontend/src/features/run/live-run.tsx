import { Button } from "@mantine/core";
import type { JobView } from "../../api/types";
import { JobPanel, JobProblems } from "../../components/job-panel";
import { Section } from "../../components/page";
import { LimitChart, RateChart } from "../../components/rate-chart";
import { formatRoute } from "../../components/route";
import css from "./run.module.css";
import { words } from "./strings";

/** LiveRun is a run as people follow it: requests against the limit, records, what was refused, and what comes next. */
export function LiveRun({ job, target }: { job: JobView; target: string }) {
  const ended = job.state === "done";
  const taken = job.kind === "rollback";
  // The desk's meter knows more than this run: only its own seconds are drawn.
  const requests = job.requests.slice(-Math.max(1, job.rates.length));
  return (
    <Section title={ended ? words.finished : job.state === "needs-person" ? words.waits : words.running}>
      <JobPanel job={job}>
        <div className={css.charts}>
          {requests.length > 4 && (
            <div>
              <p className="faint">{words.requestsRate}</p>
              <LimitChart requests={requests} limit={job.limit_per_minute} target={target} />
            </div>
          )}
          {job.rates.length > 4 && (
            <div>
              <p className="faint">{words.rate}</p>
              <RateChart rates={job.rates} />
            </div>
          )}
        </div>
        <JobProblems problems={job.problems} />
        {ended && (
          <div className="row">
            {!taken && (
              <Button component="a" href={formatRoute("check")}>
                {words.toCheck}
              </Button>
            )}
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
