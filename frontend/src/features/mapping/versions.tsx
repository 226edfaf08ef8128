import { Button, Modal, Select, Textarea } from "@mantine/core";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { mapping } from "../../api/services";
import type { VersionCard, WorkbookBack } from "../../api/types/versions";
import { versions } from "../../api/versions";
import { Ask } from "../../components/ask";
import { useDo } from "../../components/do";
import { when } from "../../components/format";
import { Mark, Pill } from "../../components/marks";
import { Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import tables from "../../components/table.module.css";
import { mapQueries } from "./api";
import css from "./mapping.module.css";
import { Returned } from "./returned";
import { words } from "./strings";
import { words as more } from "./versions-strings";

const w = words.version;
const g = more.git;
const history = () => queryOptions({ queryKey: ["mapping", "history"], queryFn: versions.history });

/** Versions lists what was accepted, compares any two, takes one again and approves. */
export function Versions({ current }: { current: number }) {
  const list = useQuery(history());
  const [asking, setAsking] = useState<{ what: "restore" | "approve"; version: VersionCard } | undefined>();
  return (
    <Ask of={list}>
      {(all) =>
        all.length === 0 ? (
          <p className="soft">{w.none}</p>
        ) : (
          <>
            <div className={tables.wrap}>
              <table className={`${tables.table} ${tables.top}`}>
                <thead>
                  <tr>
                    <th>{w.head.number}</th>
                    <th>{w.head.reason}</th>
                    <th>{w.head.author}</th>
                    <th>{w.head.at}</th>
                    <th>{w.head.approved}</th>
                    <th>{more.version.runs}</th>
                    <td />
                  </tr>
                </thead>
                <tbody>
                  {all.map((v) => (
                    <tr key={v.number}>
                      <td>
                        <strong>{v.number}</strong> {v.number === current && <Pill>{w.inForce}</Pill>}
                        <div className="faint mono" title={v.hash}>
                          {v.hash.slice(0, 10)}
                        </div>
                      </td>
                      <td>
                        {v.reason}
                        {v.changes.length > 0 && (
                          <details className="faint">
                            <summary style={{ cursor: "pointer" }}>{w.changes(v.changes.length)}</summary>
                            <ul>
                              {v.changes.map((c, i) => (
                                <li key={i}>{c}</li>
                              ))}
                            </ul>
                          </details>
                        )}
                      </td>
                      <td>{v.author}</td>
                      <td className="soft">{when(v.at)}</td>
                      <td>
                        {v.approvals.length === 0 && <span className="faint">{w.notApproved}</span>}
                        {v.approvals.map((a, i) => (
                          <div key={i} title={a.statement}>
                            <Mark tone="pass">
                              {a.name}, {a.role}
                            </Mark>
                          </div>
                        ))}
                      </td>
                      <td>
                        {v.runs.length === 0 && <span className="faint">{more.version.noRuns}</span>}
                        {v.runs.map((r) => (
                          <div key={r.id} title={`${r.state.replaceAll("_", " ")}, ${when(r.started)}`}>
                            {more.version.run(r.kind)} <span className="faint mono">{r.id}</span>
                          </div>
                        ))}
                      </td>
                      <td className={tables.num}>
                        <span className="row" style={{ justifyContent: "flex-end" }}>
                          {v.approvals.length === 0 && (
                            <Button size="compact-sm" variant="default" aria-label={w.approveTitle(v.number)} onClick={() => setAsking({ what: "approve", version: v })}>
                              {w.approve}…
                            </Button>
                          )}
                          {v.number !== current && (
                            <Button size="compact-sm" variant="default" aria-label={w.restoreTitle(v.number)} onClick={() => setAsking({ what: "restore", version: v })}>
                              {w.restore}…
                            </Button>
                          )}
                        </span>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
            {all.length > 1 && <Compare all={all} />}
            <GitFolder />
            {asking && <AskDialog key={asking.what + String(asking.version.number)} what={asking.what} version={asking.version} onClose={() => setAsking(undefined)} />}
          </>
        )
      }
    </Ask>
  );
}

function AskDialog({ what, version, onClose }: { what: "restore" | "approve"; version: VersionCard; onClose: () => void }) {
  const approve = what === "approve";
  const [text, setText] = useState(approve ? w.statementText : "");
  const restore = useDo(mapping.restore, onClose);
  const approval = useDo(mapping.approve, onClose);
  const problem = restore.problem ?? approval.problem;
  return (
    <Modal opened onClose={onClose} title={approve ? w.approveTitle(version.number) : w.restoreTitle(version.number)}>
      <form
        className="stack"
        onSubmit={(e) => {
          e.preventDefault();
          if (approve) approval.run(version.number, text.trim());
          else restore.run(version.number, text.trim());
        }}
      >
        <p>{approve ? w.approveBody : w.restoreBody}</p>
        <Textarea label={approve ? w.statement : words.reason} required autosize minRows={2} value={text} onChange={(e) => setText(e.currentTarget.value)} data-autofocus />
        {problem && <ProblemNote problem={problem} />}
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <Button variant="default" onClick={onClose}>
            {words.cancel}
          </Button>
          <Button type="submit" disabled={text.trim() === ""} loading={restore.busy || approval.busy}>
            {approve ? w.approve : w.restore}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

function Compare({ all }: { all: VersionCard[] }) {
  const [a, setA] = useState(all[1]?.number ?? 0);
  const [b, setB] = useState(all[0]?.number ?? 0);
  const diff = useQuery(mapQueries.diff(a, b));
  const data = all.map((v) => ({ value: String(v.number), label: `${w.head.number} ${v.number}` }));
  return (
    <Section title={w.compare}>
      <div className="row">
        <Select aria-label={w.compare} data={data} value={String(a)} allowDeselect={false} w={150} onChange={(v) => setA(Number(v))} />
        <span>{w.with}</span>
        <Select aria-label={w.with} data={data} value={String(b)} allowDeselect={false} w={150} onChange={(v) => setB(Number(v))} />
      </div>
      {a === b ? (
        <p className="soft">{w.same}</p>
      ) : (
        <Ask of={diff} lines={3}>
          {(lines) =>
            lines.length === 0 ? (
              <p className="soft">{w.same}</p>
            ) : (
              <ul className={`card ${css.list}`}>
                {lines.map((l, i) => (
                  <li key={i}>{l}</li>
                ))}
              </ul>
            )
          }
        </Ask>
      )}
    </Section>
  );
}

/** GitFolder writes the versions as text into a Git folder, and takes over what changed there. */
function GitFolder() {
  const [back, setBack] = useState<WorkbookBack | undefined>();
  const [said, setSaid] = useState<string[]>([]);
  const write = useDo(versions.exportFolder, (f) => {
    if (f.folder !== "") setSaid([g.written(f.folder), ...(f.commits.length === 0 ? [g.upToDate] : f.commits)]);
  });
  const read = useDo(versions.importFolder, (i) => {
    if (i.file !== "") setBack(i);
  });
  const problem = write.problem ?? read.problem;
  return (
    <Section title={g.title}>
      <p className="soft">{g.lead}</p>
      <div className="row">
        <Button variant="default" loading={write.busy} onClick={() => write.run()}>
          {g.export}
        </Button>
        <Button variant="default" loading={read.busy} onClick={() => read.run()}>
          {g.import}
        </Button>
      </div>
      {problem && <ProblemNote problem={problem} />}
      {said.length > 0 && (
        <ul className={css.list} role="status">
          {said.map((l, i) => (
            <li key={i}>{l}</li>
          ))}
        </ul>
      )}
      {back && <Returned key={back.file + back.token} back={back} apply={versions.applyFolder} onClose={() => setBack(undefined)} />}
    </Section>
  );
}
