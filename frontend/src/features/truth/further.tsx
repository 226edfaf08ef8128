import { Button, Modal, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { source } from "../../api/services";
import { useDo } from "../../components/do";
import { count } from "../../components/format";
import { JobPanel } from "../../components/job-panel";
import { Mark } from "../../components/marks";
import { Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute } from "../../components/route";
import tables from "../../components/table.module.css";
import { usePageJob } from "../../components/use-page-job";
import { sources, sourcesQueries } from "./api";
import { words } from "./strings";

/** FurtherSources lists the sources of a project once there are several, and offers to add one. */
export function FurtherSources() {
  const list = useQuery(sourcesQueries.list());
  const [open, setOpen] = useState(false);
  const add = usePageJob(sources.addFiles);
  const read = usePageJob(sources.read);
  const remove = useDo(sources.remove);
  const v = list.data;
  if (!v || v.sources.length === 0) return null;
  const busy = add.active || read.active;
  const problem = add.start.problem ?? read.start.problem ?? remove.problem;
  const job = [add, read].find((j) => j.active)?.job ?? add.job ?? read.job;
  return (
    <Section
      title={words.further}
      aside={
        <Button size="xs" variant="default" disabled={busy} onClick={() => setOpen(true)}>
          {words.add}
        </Button>
      }
    >
      {problem && <ProblemNote problem={problem} />}
      {job && (busy || job.error) && <JobPanel job={job} />}
      {v.sources.length === 1 && <p className="soft">{words.furtherLead}</p>}
      {v.sources.length > 1 && (
        <div className={tables.wrap}>
          <table className={tables.table}>
            <thead>
              <tr>
                <th>{words.source}</th>
                <th>{words.desk}</th>
                <th className={tables.num}>{words.records}</th>
                <th>{words.state}</th>
                <th aria-label={words.readAgain} />
              </tr>
            </thead>
            <tbody>
              {v.sources.map((s) => (
                <tr key={s.name}>
                  <td>{s.title}</td>
                  <td>{s.account === "" ? s.desk : `${s.desk}, ${s.account}`}</td>
                  <td className={tables.num}>{count(s.records)}</td>
                  <td>{s.read ? <Mark tone="pass">{words.read}</Mark> : <Mark tone="warn">{words.unread}</Mark>}</td>
                  <td>
                    {s.name !== "main" && (
                      <Button.Group>
                        <Button size="xs" variant="default" disabled={busy} onClick={() => read.start.run(s.name)}>
                          {words.readAgain}
                        </Button>
                        <Button size="xs" variant="default" disabled={busy} onClick={() => remove.run(s.name)}>
                          {words.remove}
                        </Button>
                      </Button.Group>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {v.kinds.length > 0 && (
        <Button mt="sm" style={{ alignSelf: "flex-start" }} component="a" href={formatRoute("source", [], { truth: v.kinds[0]?.object ?? "contact" })}>
          {words.compare}
        </Button>
      )}
      {open && (
        <AddSource
          onClose={() => setOpen(false)}
          onAdd={(name, paths) => {
            setOpen(false);
            add.start.run(name, paths);
          }}
        />
      )}
    </Section>
  );
}

function AddSource({ onClose, onAdd }: { onClose: () => void; onAdd: (name: string, paths: string[]) => void }) {
  const [name, setName] = useState("");
  const pick = useDo(source.pickFiles, (paths) => {
    if (paths.length > 0) onAdd(name, paths);
  });
  return (
    <Modal opened onClose={onClose} title={words.addTitle}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          pick.run();
        }}
      >
        <TextInput label={words.addName} description={words.addHint} value={name} data-autofocus onChange={(e) => setName(e.currentTarget.value)} />
        {pick.problem && <ProblemNote problem={pick.problem} />}
        <Button.Group mt="md">
          <Button variant="default" onClick={onClose}>
            {words.cancel}
          </Button>
          <Button type="submit" disabled={name.trim() === ""} loading={pick.busy}>
            {words.addFiles}
          </Button>
        </Button.Group>
      </form>
    </Modal>
  );
}
