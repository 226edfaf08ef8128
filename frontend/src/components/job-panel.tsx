import { Button, Modal } from "@mantine/core";
import { IconHourglass, IconPlayerPause, IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { isActive } from "../api/jobs";
import { jobs } from "../api/services";
import type { JobProblem, JobView } from "../api/types";
import { useDo } from "./do";
import { between, count, decimal, duration } from "./format";
import css from "./job.module.css";
import { ProblemNote } from "./problem-note";
import { words } from "./strings";

const w = words.job;

/** shareOf is how far a job is, from 0 to 1, or undefined when nobody knows. */
export function shareOf(job: JobView): number | undefined {
  if (job.state === "done") return 1;
  return job.total > 0 ? Math.min(1, job.done / job.total) : undefined;
}

/** percentOf never says 100 before the end. */
export function percentOf(job: JobView): string {
  const share = shareOf(job);
  if (share === undefined) return "";
  return `${job.state === "done" ? 100 : Math.min(99, Math.floor(share * 100))} %`;
}

/** JobBar is the bar alone. */
export function JobBar({ job }: { job: JobView }) {
  const share = shareOf(job);
  const known = share !== undefined || job.state !== "running";
  return (
    <div
      className={css.track}
      role="progressbar"
      aria-label={job.title}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share === undefined ? undefined : Math.floor(share * 100)}
    >
      <span
        className={css.fill}
        data-state={job.state}
        data-unknown={!known}
        style={known ? { width: `${(share ?? 0) * 100}%` } : undefined}
      />
    </div>
  );
}

/** PauseButton pauses or goes on. */
export function PauseButton({ job, size = "compact-sm" }: { job: JobView; size?: string }) {
  const pause = useDo(jobs.pause);
  const resume = useDo(jobs.resume);
  if (!isActive(job)) return null;
  const paused = job.state === "paused";
  return (
    <Button
      size={size}
      variant="default"
      loading={pause.busy || resume.busy}
      leftSection={paused ? <IconPlayerPlay size={14} /> : <IconPlayerPause size={14} />}
      onClick={() => (paused ? resume.run(job.id) : pause.run(job.id))}
    >
      {paused ? w.resume : w.pause}
    </Button>
  );
}

/** StopButton asks once, and says what remains true afterwards. */
export function StopButton({ job }: { job: JobView }) {
  const [asking, setAsking] = useState(false);
  const cancel = useDo(jobs.cancel, () => setAsking(false));
  if (!isActive(job) || !job.can_stop) return null;
  return (
    <>
      <Button size="compact-sm" variant="default" leftSection={<IconPlayerStop size={14} />} onClick={() => setAsking(true)}>
        {w.stop}
      </Button>
      <Modal opened={asking} onClose={() => setAsking(false)} title={w.stopTitle}>
        <p>{writes(job) ? w.stopBodyRun : w.stopBody}</p>
        {cancel.problem && <ProblemNote problem={cancel.problem} />}
        <div className="row" style={{ justifyContent: "flex-end", marginTop: 20 }}>
          <Button variant="default" onClick={() => setAsking(false)}>
            {w.stopNo}
          </Button>
          <Button variant="outline" color="red" loading={cancel.busy} onClick={() => cancel.run(job.id)}>
            {w.stopYes}
          </Button>
        </div>
      </Modal>
    </>
  );
}

/** stateWord says a job's state in words. */
export function stateWord(job: JobView): string {
  if (job.state === "running") return job.stage === "" ? w.running : job.stage;
  return { paused: w.paused, done: w.done, failed: w.failed, cancelled: w.cancelled, "needs-person": w.needsPerson }[job.state] ?? job.state;
}

/** leftWords say how much time is left: as a range where it is known. */
export function leftWords(job: Pick<JobView, "left_low" | "left_high" | "seconds_left">): string {
  const low = duration(job.left_low);
  const high = duration(job.left_high);
  if (job.left_low >= 0 && job.left_high >= 0) return low === high ? w.left(high) : w.leftBetween(low, high);
  if (job.left_low >= 0) return w.leftAtLeast(low);
  return job.seconds_left >= 0 ? w.left(duration(job.seconds_left)) : w.unknownLeft;
}

/** JobProblems are what went wrong so far, in groups. */
export function JobProblems({ problems }: { problems: JobProblem[] }) {
  if (problems.length === 0) return null;
  return (
    <div>
      <p className="faint">{w.problems}</p>
      <ul className={css.problems} aria-label={w.problems}>
        {problems.map((p) => (
          <li key={p.code + p.what}>
            <span className={css.held}>{w.times(count(p.count))}</span>
            <span>
              {p.what} {p.example !== "" && <span className="faint">{w.example(p.example)}</span>}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** writes says whether a job sends something to a desk. */
function writes(job: JobView): boolean {
  return ["run", "resume", "retry", "rollback", "delta"].includes(job.kind);
}

/** JobPanel is long work as people follow it: how far, how fast, how long still, and why it waits. */
export function JobPanel({ job, children, stages = true }: { job: JobView; children?: ReactNode; stages?: boolean }) {
  const active = isActive(job);
  const meta = [
    stateWord(job),
    job.total > 0 ? w.of(count(job.done), count(Math.max(job.done, job.total))) : job.done > 0 ? count(job.done) : "",
    active && job.rate > 0 ? w.perSecond(decimal(job.rate)) : "",
    job.state === "running" ? leftWords(job) : "",
    !active && job.finished !== "" ? w.took(between(job.started, job.finished)) : "",
  ].filter((s) => s !== "");
  return (
    <section className={css.panel} aria-label={job.title}>
      <div className={css.head}>
        <h2 className="small grow">{job.title}</h2>
        <span className="num">{percentOf(job)}</span>
        <PauseButton job={job} />
        <StopButton job={job} />
      </div>
      <JobBar job={job} />
      <p className={css.meta}>
        {meta.map((m) => (
          <span key={m}>{m}</span>
        ))}
        {job.failed > 0 && <span className={css.held}>{w.held(count(job.failed))}</span>}
      </p>
      {job.state === "paused" && writes(job) && <p className="soft">{w.pauseBody}</p>}
      {job.question !== "" && job.state === "needs-person" && <p className={css.waiting}>{job.question}</p>}
      {job.waiting !== "" && (
        <p className={css.waiting}>
          <IconHourglass size={15} aria-hidden />
          {job.waiting}
        </p>
      )}
      {job.error && <ProblemNote problem={job.error} />}
      {children}
      {stages && job.state !== "done" && job.stages.length > 1 && <JobStages job={job} />}
    </section>
  );
}

/** JobStages has a bar for each part of a job. */
export function JobStages({ job }: { job: JobView }) {
  return (
    <div className={css.stages}>
      {job.stages.map((s) => (
        <StageRow key={s.name} title={s.title} done={s.done} total={s.total} failed={s.failed} />
      ))}
    </div>
  );
}

function StageRow({ title, done, total, failed }: { title: string; done: number; total: number; failed: number }) {
  return (
    <>
      <span>{title}</span>
      <span className={css.track} aria-hidden>
        <span className={css.fill} style={{ width: total > 0 ? `${Math.min(1, done / total) * 100}%` : 0 }} />
      </span>
      <span className="num">
        {total > 0 ? w.of(count(done), count(Math.max(done, total))) : count(done)}
        {failed > 0 && <span className={css.held}> · {w.held(count(failed))}</span>}
      </span>
    </>
  );
}
