import { Button, Modal, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ShapeView, TargetDrift } from "../../api/types";
import { Ask } from "../../components/ask";
import { useDo } from "../../components/do";
import { count, when } from "../../components/format";
import { GapList } from "../../components/gap-list";
import { Verdict } from "../../components/marks";
import { Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import tables from "../../components/table.module.css";
import { mapQueries, studio } from "./api";
import css from "./parts.module.css";
import { words } from "./strings";

const w = words.shape;

/** Shape is the target's configuration as it was frozen, what changed in the target since, and what it lacks. */
export function Shape() {
  const shape = useQuery(mapQueries.shape());
  return <Ask of={shape}>{(s) => <Frozen shape={s} />}</Ask>;
}

function Frozen({ shape }: { shape: ShapeView }) {
  const [drift, setDrift] = useState<TargetDrift | null>(null);
  const compare = useDo(studio.drift, setDrift);
  const gaps = useQuery(mapQueries.gaps());
  return (
    <div className="stack">
      <div className={css.verdict}>
        <Verdict tone={shape.frozen ? "pass" : "note"} title={shape.frozen ? w.frozen(when(shape.at), shape.by) : w.notFrozen}>
          <p className="soft">{shape.frozen ? `${shape.account} · ${shape.why}` : w.whyFreeze}</p>
          {shape.frozen && (
            <p className="faint">
              {w.hash} <code title={shape.hash}>{shape.hash.slice(0, 16)}</code>
            </p>
          )}
        </Verdict>
        <div className={css.buttons}>
          {shape.frozen && (
            <Button variant="default" loading={compare.busy} onClick={() => compare.run()}>
              {w.compare}
            </Button>
          )}
          <Freeze again={shape.frozen} onDone={() => setDrift(null)} />
        </div>
      </div>
      {compare.problem && <ProblemNote problem={compare.problem} />}
      {drift && <Drift of={drift} />}
      <Ask of={gaps}>{(list) => <GapList gaps={list} />}</Ask>
      <Section title={w.objects}>
        <div className={tables.wrap}>
          <table className={tables.table}>
            <thead>
              <tr>
                <th>{w.head.object}</th>
                <th className={tables.num}>{w.head.fields}</th>
                <th className={tables.num}>{w.head.required}</th>
                <th className={tables.num}>{w.head.lists}</th>
              </tr>
            </thead>
            <tbody>
              {shape.objects.map((o) => (
                <tr key={o.object}>
                  <th scope="row">{o.title}</th>
                  <td className={tables.num}>{count(o.fields)}</td>
                  <td className={tables.num}>{count(o.required)}</td>
                  <td className={tables.num}>{count(o.lists)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Section>
    </div>
  );
}

function Drift({ of }: { of: TargetDrift }) {
  if (of.same) return <Verdict tone="pass" title={w.same} />;
  return (
    <Verdict tone={of.breaks.length > 0 ? "fail" : "warn"} title={of.breaks.length > 0 ? w.breaks(of.breaks.length) : w.changed(of.others.length)}>
      <ul className={css.drift}>
        {of.breaks.map((b) => (
          <li key={b}>
            <strong>{b}</strong>
          </li>
        ))}
        {of.others.map((b) => (
          <li key={b} className="soft">
            {b}
          </li>
        ))}
      </ul>
    </Verdict>
  );
}

function Freeze({ again, onDone }: { again: boolean; onDone: () => void }) {
  const [asking, setAsking] = useState(false);
  const [why, setWhy] = useState("");
  const freeze = useDo(studio.freeze, () => {
    setAsking(false);
    setWhy("");
    onDone();
  });
  return (
    <>
      <Button onClick={() => setAsking(true)}>{again ? w.again : w.freeze}…</Button>
      <Modal opened={asking} onClose={() => setAsking(false)} title={w.freezeTitle}>
        <form
          className="stack"
          onSubmit={(e) => {
            e.preventDefault();
            freeze.run(why.trim());
          }}
        >
          <p>{w.freezeBody}</p>
          <Textarea label={w.why} placeholder={w.whyPlaceholder} required autosize minRows={2} value={why} onChange={(e) => setWhy(e.currentTarget.value)} data-autofocus />
          {freeze.problem && <ProblemNote problem={freeze.problem} />}
          <div className="row" style={{ justifyContent: "flex-end" }}>
            <Button variant="default" onClick={() => setAsking(false)}>
              {words.cancel}
            </Button>
            <Button type="submit" loading={freeze.busy} disabled={why.trim() === ""}>
              {w.freeze}
            </Button>
          </div>
        </form>
      </Modal>
    </>
  );
}
