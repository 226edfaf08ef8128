import { Button, Checkbox } from "@mantine/core";
import { useState } from "react";
import { app } from "../../api/services";
import type { KeepView } from "../../api/types-keep";
import { useDo } from "../../components/do";
import { count } from "../../components/format";
import { JobPanel } from "../../components/job-panel";
import { Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { usePageJob } from "../../components/use-page-job";
import { keep } from "./api";
import css from "./keep.module.css";
import { words } from "./strings";

/** ArchiveTab writes what stays behind as one page. */
export function ArchiveTab({ view }: { view: KeepView }) {
  const [fates, setFates] = useState(["archived", "left_out", "held"]);
  const [written, setWritten] = useState("");
  const job = usePageJob(keep.archive, ["archive"], (j) => setWritten(j.result));
  const open = useDo(app.openPath);
  const n = view.stays.filter((s) => fates.includes(s.fate)).reduce((sum, s) => sum + s.count, 0);
  return (
    <Section title={words.archive}>
      <div className={css.form}>
        <p className="soft">{words.archiveHint}</p>
        <Checkbox.Group label={words.which} value={fates} onChange={setFates}>
          <div className={css.fates}>
            {view.stays.map((s) => (
              <Checkbox key={s.fate} value={s.fate} label={`${words.fates[s.fate] ?? s.fate} (${count(s.count)})`} />
            ))}
          </div>
        </Checkbox.Group>
        {n === 0 && <p className="faint">{words.nothing}</p>}
        {job.start.problem && <ProblemNote problem={job.start.problem} />}
        <div>
          <Button disabled={n === 0 || job.active} onClick={() => job.start.run(fates)}>
            {words.write}
          </Button>
        </div>
      </div>
      {job.job && (job.active || job.job.error) && <JobPanel job={job.job} stages={false} />}
      {written !== "" && !job.active && (
        <div className="between">
          <p role="status" className={css.wrap}>
            {words.written(written)}
          </p>
          <Button variant="default" onClick={() => open.run(written)}>
            {words.open}
          </Button>
        </div>
      )}
      {open.problem && <ProblemNote problem={open.problem} />}
    </Section>
  );
}
