import { Button, Tooltip } from "@mantine/core";
import { IconCheck, IconMinus, IconPlus } from "@tabler/icons-react";
import type { EvidenceView, TwinMember, TwinRow, TwinView } from "../../api/types-clean";
import { useDo } from "../../components/do";
import { count, when } from "../../components/format";
import { Mark, type Tone } from "../../components/marks";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute } from "../../components/route";
import tables from "../../components/table.module.css";
import { twins } from "./api";
import { words } from "./duplicates-strings";
import css from "./duplicates.module.css";

const TONES: Record<string, Tone> = { sure: "pass", ask: "warn", different: "faint" };

/** TwinCard shows a group side by side: who survives, of whom each field is kept, and why. */
export function TwinCard({ group: g }: { group: TwinView }) {
  const merge = useDo(() => twins.merge(g.id, ""));
  const apart = useDo(() => twins.apart(g.id, ""));
  const reopen = useDo(() => twins.reopen(g.id));
  const choose = useDo(twins.choose);
  const exclude = useDo(twins.exclude);
  const open = g.state === "open";
  const inside = g.members.filter((m) => !m.out).length;
  const busy = merge.busy || apart.busy || reopen.busy || choose.busy || exclude.busy;
  const problem = merge.problem ?? apart.problem ?? reopen.problem ?? choose.problem ?? exclude.problem;
  const name = g.members.find((m) => m.survivor)?.name ?? "";
  return (
    <article className={css.card} data-state={g.state} aria-label={name}>
      <header className={css.cardHead}>
        <Mark tone={g.state === "merged" ? "pass" : g.state === "apart" ? "note" : (TONES[g.band] ?? "faint")}>{open ? words.bands[g.band] : words.states[g.state]}</Mark>
        {!open && <span className="faint">{[words.by(g.by, when(g.at)), g.why].filter((s) => s !== "").join(" · ")}</span>}
        <span className="grow" />
        {open ? (
          <>
            <Button size="compact-sm" variant="default" disabled={busy} loading={apart.busy} onClick={() => apart.run()}>
              {words.apart}
            </Button>
            <Button size="compact-sm" variant={g.band === "different" ? "default" : "light"} disabled={busy || inside < 2} loading={merge.busy} onClick={() => merge.run()}>
              {words.merge} {count(inside)}
            </Button>
          </>
        ) : (
          <Button size="compact-sm" variant="default" loading={reopen.busy} onClick={() => reopen.run()}>
            {words.reopen}
          </Button>
        )}
      </header>
      {problem && <ProblemNote problem={problem} />}
      <div className={css.scroll}>
        <table className={`${tables.table} ${tables.dense} ${css.side}`}>
          <thead>
            <tr>
              <td />
              {g.members.map((m) => (
                <Head key={m.seq} group={g} member={m} open={open} busy={busy} onSurvive={() => choose.run(g.id, m.seq, "", 0)} onOut={(out) => exclude.run(g.id, m.seq, out)} canOut={inside > 2 || m.out} />
              ))}
            </tr>
          </thead>
          <tbody>
            {g.rows.map((r) => (
              <Row key={r.field} row={r} group={g} open={open && !busy} onPick={(seq) => choose.run(g.id, 0, r.field, seq)} />
            ))}
            <tr className={css.evidence}>
              <td />
              {g.members.map((m) => (
                <td key={m.seq} data-out={m.out}>
                  {m.survivor ? <span className="faint">{g.reason}</span> : m.evidence.map((e, i) => <Evidence key={i} of={e} />)}
                </td>
              ))}
            </tr>
          </tbody>
        </table>
      </div>
      {g.addresses.length > 0 && (
        <p className={css.keeps}>
          <b>{words.keeps}</b> <span dir="auto">{g.addresses.join(", ")}</span> <span className="faint">{g.kept}</span>
        </p>
      )}
    </article>
  );
}

function Head(props: { group: TwinView; member: TwinMember; open: boolean; busy: boolean; canOut: boolean; onSurvive: () => void; onOut: (out: boolean) => void }) {
  const { group, member: m, open, busy, canOut, onSurvive, onOut } = props;
  return (
    <th scope="col" data-out={m.out} data-survivor={m.survivor}>
      <div className={css.who}>
        <a href={formatRoute("records", [], { f: JSON.stringify({ object: group.object }), id: m.id })} className="mono">
          {m.id}
        </a>
        {m.survivor && <Mark tone="accent">{words.survives}</Mark>}
        {m.out && <Mark tone="faint">{words.out}</Mark>}
        {m.there && <Mark tone="note">{words.there}</Mark>}
      </div>
      <div className="faint">{words.records(count(m.links))}</div>
      {open && (
        <div className={css.deeds}>
          {!m.survivor && !m.out && (
            <button type="button" className={css.link} disabled={busy} onClick={onSurvive}>
              {words.survive}
            </button>
          )}
          {canOut && (
            <button type="button" className={css.link} disabled={busy} onClick={() => onOut(!m.out)}>
              {m.out ? words.include : words.exclude}
            </button>
          )}
        </div>
      )}
    </th>
  );
}

function Row({ row: r, group, open, onPick }: { row: TwinRow; group: TwinView; open: boolean; onPick: (seq: number) => void }) {
  return (
    <tr data-same={r.same}>
      <th scope="row">
        <Tooltip label={r.reason} withArrow openDelay={300}>
          <span>{r.title}</span>
        </Tooltip>
      </th>
      {group.members.map((m, i) => {
        const value = r.values[i] ?? "";
        const kept = r.pick === i && value.trim() !== "";
        const can = open && !m.out && value.trim() !== "" && !kept && !r.same;
        return (
          <td key={m.seq} data-out={m.out} data-kept={kept && !r.same} title={kept ? r.reason : undefined}>
            {can ? (
              <button type="button" className={css.value} aria-label={words.pick(r.title, value)} onClick={() => onPick(m.survivor && r.picked ? 0 : m.seq)} dir="auto">
                {value}
              </button>
            ) : (
              <span dir="auto">
                {kept && !r.same && <IconCheck size={13} aria-hidden />} {value}
              </span>
            )}
          </td>
        );
      })}
    </tr>
  );
}

function Evidence({ of: e }: { of: EvidenceView }) {
  return (
    <div data-for={e.for} className={css.piece}>
      {e.for ? <IconPlus size={12} aria-hidden /> : <IconMinus size={12} aria-hidden />}
      {e.words}
    </div>
  );
}
