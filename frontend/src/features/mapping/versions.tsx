import { Button, Modal, Select, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { mapping } from "../../api/services";
import type { VersionView } from "../../api/types";
import { Ask } from "../../components/ask";
import { useDo } from "../../components/do";
import { when } from "../../components/format";
import { Mark, Pill } from "../../components/marks";
import { Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import tables from "../../components/table.module.css";
import { mapQueries } from "./api";
import css from "./mapping.module.css";
import { words } from "./strings";

const w = words.version;

/** Versions lists what was accepted, compares any two, takes one again and approves. */
export function Versions({ current }: { current: number }) {
  const list = useQuery(mapQueries.versions());
  const [asking, setAsking] = useState<{ what: "restore" | "approve"; version: VersionView } | undefined>();
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
                      <td>{v.approved === "" ? <span className="faint">{w.notApproved}</span> : <Mark tone="pass">{v.approved}</Mark>}</td>
                      <td className={tables.num}>
                        <span className="row" style={{ justifyContent: "flex-end" }}>
                          {v.approved === "" && (
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
            {asking && <AskDialog key={asking.what + String(asking.version.number)} what={asking.what} version={asking.version} onClose={() => setAsking(undefined)} />}
          </>
        )
      }
    </Ask>
  );
}

function AskDialog({ what, version, onClose }: { what: "restore" | "approve"; version: VersionView; onClose: () => void }) {
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

function Compare({ all }: { all: VersionView[] }) {
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
