import { Button } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import type { RunView } from "../../api/types";
import { Ask } from "../../components/ask";
import { between, count, when } from "../../components/format";
import { Figure } from "../../components/figure";
import { Mark, toneOf } from "../../components/marks";
import { Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import tables from "../../components/table.module.css";
import { runQueries } from "./api";
import { createdBy } from "./model";
import { Proof } from "./proof";
import css from "./run.module.css";
import { words } from "./strings";

const w = words.run;
const COUNTS = ["created", "updated", "existed", "unchanged", "held", "failed", "noted", "deleted", "kept"] as const;

/** RunHistory lists every run: who, when, what came of it, and what can still be done about it. paused: the one that runs waits for a person. */
export function RunHistory({ busy, paused, onResume, onTakeBack }: { busy: boolean; paused: boolean; onResume: (id: string) => void; onTakeBack: (run: RunView) => void }) {
  const list = useQuery(runQueries.list());
  const [open, setOpen] = useState("");
  return (
    <Section title={words.history}>
      <Ask of={list} lines={3}>
        {(all) =>
          all.length === 0 ? (
            <p className="soft">{words.noRuns}</p>
          ) : (
            <div className={tables.wrap}>
              <table className={tables.table}>
                <thead>
                  <tr>
                    <th>{w.what}</th>
                    <th>{w.stateHead}</th>
                    <th className={tables.num}>{w.created}</th>
                    <th className={tables.num}>{w.held}</th>
                    <th>{w.started}</th>
                    <th>{w.took}</th>
                    <th>{w.by}</th>
                    <td />
                  </tr>
                </thead>
                <tbody>
                  {all.map((r) => (
                    <Fragment key={r.id}>
                      <RunLine run={paused && r.state === "running" ? { ...r, state: "paused" } : r} open={open === r.id} busy={busy} onOpen={() => setOpen(open === r.id ? "" : r.id)} onResume={() => onResume(r.id)} onTakeBack={() => onTakeBack(r)} />
                      {open === r.id && (
                        <tr>
                          <td colSpan={8} className={css.detail}>
                            <RunDetail run={r} />
                          </td>
                        </tr>
                      )}
                    </Fragment>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Ask>
    </Section>
  );
}

function RunLine(props: { run: RunView; open: boolean; busy: boolean; onOpen: () => void; onResume: () => void; onTakeBack: () => void }) {
  const { run, open, busy, onOpen, onResume, onTakeBack } = props;
  const held = run.objects.reduce((n, o) => n + o.held, 0);
  const deleted = run.objects.reduce((n, o) => n + o.deleted, 0);
  const Chevron = open ? IconChevronDown : IconChevronRight;
  return (
    <tr>
      <td>
        <button type="button" className={tables.open} aria-expanded={open} onClick={onOpen}>
          <span className={`row ${css.nowrap}`}>
            <Chevron size={15} aria-hidden />
            {run.part === "" ? (w.kind[run.kind] ?? run.kind) : words.part(run.part)} <span className="faint mono">{run.id}</span>
          </span>
        </button>
      </td>
      <td>
        <Mark tone={run.state === "canary" || run.state === "stopped" ? "warn" : toneOf(run.state)}>{w.state[run.state] ?? run.state}</Mark>
      </td>
      <td className={tables.num}>{run.kind === "rollback" ? `−${count(deleted)}` : count(createdBy(run))}</td>
      <td className={tables.num}>{count(held)}</td>
      <td className={`soft ${css.nowrap}`}>{when(run.started)}</td>
      <td className={`soft ${css.nowrap}`}>{run.finished === "" ? "" : between(run.started, run.finished)}</td>
      <td className={css.nowrap}>{run.by}</td>
      <td className={tables.num}>
        <span className="row" style={{ justifyContent: "flex-end" }}>
          {run.can_resume && (
            <Button size="compact-sm" disabled={busy} onClick={onResume}>
              {w.resume}
            </Button>
          )}
          {run.can_rollback && (
            <Button size="compact-sm" variant="outline" color="red" disabled={busy} onClick={onTakeBack}>
              {w.rollback}…
            </Button>
          )}
        </span>
      </td>
    </tr>
  );
}

function RunDetail({ run }: { run: RunView }) {
  const back = run.kind === "rollback";
  const columns = COUNTS.filter((c) => (back ? c === "deleted" || c === "kept" : c === "created" || run.objects.some((o) => o[c] > 0)));
  return (
    <div className="stack-tight">
      {run.error && <ProblemNote problem={run.error} />}
      <p className="faint">{[run.mapping > 0 ? w.mapping + " " + w.version(run.mapping) : "", run.of === "" ? "" : w.of(run.of)].filter((s) => s !== "").join(" · ")}</p>
      {run.objects.length === 0 ? (
        <p className="soft">{w.nothing}</p>
      ) : (
        <table className={`${tables.table} ${tables.dense}`}>
          <thead>
            <tr>
              <th>{words.head.object}</th>
              {columns.map((c) => (
                <th key={c} className={tables.num}>
                  {w[c]}
                </th>
              ))}
              {!back && <th className={tables.num}>{w.there}</th>}
            </tr>
          </thead>
          <tbody>
            {run.objects.map((o) => (
              <tr key={o.object}>
                <th scope="row">{o.title}</th>
                {columns.map((c) => (
                  <td key={c} className={tables.num}>
                    {count(o[c])}
                  </td>
                ))}
                {!back && (
                  <td className={tables.num}>
                    <Figure of={o.there} />
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {run.proof && <Proof proof={run.proof} />}
    </div>
  );
}
