import { Button } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Fragment, useState } from "react";
import type { PlanRow, RunView } from "../../api/types";
import { Ask } from "../../components/ask";
import { ConfirmNumber } from "../../components/confirm-number";
import type { Deed } from "../../components/do";
import { between, count, when } from "../../components/format";
import { Figure } from "../../components/figure";
import { Mark, toneOf } from "../../components/marks";
import { Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import tables from "../../components/table.module.css";
import { runQueries } from "./api";
import { createdBy } from "./model";
import css from "./run.module.css";
import { words } from "./strings";

const w = words.run;

/** RunHistory lists every run: who, when, what came of it, and what can still be done about it. */
export function RunHistory({ busy, onResume, rollback }: { busy: boolean; onResume: (id: string) => void; rollback: Deed<[string], string> }) {
  const list = useQuery(runQueries.list());
  const [open, setOpen] = useState("");
  const [taking, setTaking] = useState<RunView | undefined>();
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
                      <RunLine run={r} open={open === r.id} busy={busy} onOpen={() => setOpen(open === r.id ? "" : r.id)} onResume={() => onResume(r.id)} onTakeBack={() => setTaking(r)} />
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
      {taking && <TakeBack run={taking} rollback={rollback} onClose={() => setTaking(undefined)} />}
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
          <span className="row">
            <Chevron size={15} aria-hidden />
            {w.kind[run.kind] ?? run.kind} <span className="faint mono">{run.id}</span>
          </span>
        </button>
      </td>
      <td>
        <Mark tone={toneOf(run.state)}>{w.state[run.state] ?? run.state}</Mark>
      </td>
      <td className={tables.num}>{run.kind === "rollback" ? `−${count(deleted)}` : count(createdBy(run))}</td>
      <td className={tables.num}>{count(held)}</td>
      <td className="soft">{when(run.started)}</td>
      <td className="soft">{run.finished === "" ? "" : between(run.started, run.finished)}</td>
      <td>{run.by}</td>
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
  return (
    <div className="stack-tight">
      {run.error && <ProblemNote problem={run.error} />}
      <p className="faint">{[w.mapping + " " + w.version(run.mapping), run.of === "" ? "" : w.of(run.of)].filter((s) => s !== "").join(" · ")}</p>
      <table className={`${tables.table} ${tables.dense}`}>
        <thead>
          <tr>
            <th>{words.head.object}</th>
            <th className={tables.num}>{back ? w.deleted : w.created}</th>
            <th className={tables.num}>{back ? w.kept : w.existed}</th>
            <th className={tables.num}>{w.held}</th>
          </tr>
        </thead>
        <tbody>
          {run.objects.map((o) => (
            <tr key={o.object}>
              <th scope="row">{o.title}</th>
              <td className={tables.num}>{count(back ? o.deleted : o.created)}</td>
              <td className={tables.num}>{count(back ? o.kept : o.existed)}</td>
              <td className={tables.num}>{count(o.held)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {run.proof.length > 0 && (
        <>
          <h3>{w.proof}</h3>
          <table className={`${tables.table} ${tables.dense}`}>
            <tbody>
              {run.proof.map((p, i) => (
                <tr key={i}>
                  <th scope="row">{p.name}</th>
                  <td>{p.value}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </div>
  );
}

/** removedBy adds up what a rollback would remove: its preview counts that as "create". */
export function removedBy(rows: PlanRow[]): number {
  return rows.reduce((n, r) => n + r.create.value, 0);
}

function TakeBack({ run, rollback, onClose }: { run: RunView; rollback: Deed<[string], string>; onClose: () => void }) {
  const preview = useQuery(runQueries.rollback(run.id));
  const desk = useQuery(runQueries.desk());
  const rows = preview.data ?? [];
  const number = removedBy(rows);
  return (
    <ConfirmNumber
      opened
      danger
      onClose={() => {
        rollback.forget();
        onClose();
      }}
      title={words.rollback.title}
      number={number}
      button={words.rollback.button(count(number))}
      busy={rollback.busy}
      problem={rollback.problem}
      onConfirm={() => {
        void rollback.ask(run.id).then((id) => {
          if (id !== undefined) onClose();
        });
      }}
    >
      <p>{words.rollback.body(desk.data?.title ?? "")}</p>
      <Ask of={preview} lines={4}>
        {(list) =>
          list.length === 0 ? (
            <p className="soft">{words.rollback.nothing}</p>
          ) : (
            <table className={tables.table}>
              <thead>
                <tr>
                  <th>{words.head.object}</th>
                  <th className={tables.num}>{words.rollback.remove}</th>
                  <th className={tables.num}>{words.rollback.keep}</th>
                </tr>
              </thead>
              <tbody>
                {list.map((r) => (
                  <tr key={r.object}>
                    <th scope="row">{r.title}</th>
                    <td className={tables.num}>
                      <Figure of={r.create} />
                    </td>
                    <td className={tables.num}>
                      <Figure of={r.hold} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Ask>
    </ConfirmNumber>
  );
}
