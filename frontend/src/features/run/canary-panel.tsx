import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { CanaryField, CanaryRecord, CanaryView } from "../../api/types";
import { Ask } from "../../components/ask";
import type { Deed } from "../../components/do";
import { count, plural, timeOf } from "../../components/format";
import { Mark, Verdict } from "../../components/marks";
import { Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { recordsRoute } from "../../components/route";
import tables from "../../components/table.module.css";
import { runQueries } from "./api";
import css from "./run.module.css";
import { words } from "./strings";

const w = words.canary;

/** CanaryPanel shows the first record of each kind, meant beside found, and asks whether the rest may go. */
export function CanaryPanel(props: {
  run: string;
  busy: boolean;
  /** Something was decided since, so that the rest cannot go by this plan. */
  stale?: boolean;
  confirm: Deed<[string], string>;
  onTakeBack: () => void;
}) {
  const { run, busy, stale = false, confirm, onTakeBack } = props;
  const canary = useQuery(runQueries.canary(run));
  return (
    <Section title={w.title}>
      <Ask of={canary}>
        {(c) => (
          <>
            <p className="soft">{w.lead(c.target)}</p>
            <Silence canary={c} />
            <div className={css.canaries}>
              {c.records.map((r) => (
                <Record key={r.object} record={r} />
              ))}
            </div>
            {stale && <Mark tone="warn">{w.stale}</Mark>}
            {confirm.problem && <ProblemNote problem={confirm.problem} />}
            <div className="row">
              <Button loading={confirm.busy} disabled={busy || stale} variant={c.good ? "filled" : "default"} onClick={() => confirm.run(run)}>
                {!c.good ? w.goAll : c.rest > 0 ? w.go(count(c.rest)) : w.goNone}
              </Button>
              <Button variant="outline" color="red" disabled={busy || confirm.busy} onClick={onTakeBack}>
                {w.back}…
              </Button>
            </div>
          </>
        )}
      </Ask>
    </Section>
  );
}

function Silence({ canary: c }: { canary: CanaryView }) {
  if (!c.known) {
    return (
      <Verdict tone="warn" title={w.unknown(c.target)}>
        <p>{w.unknownBody}</p>
      </Verdict>
    );
  }
  if (c.sent > 0) {
    return (
      <Verdict tone="fail" title={w.loud(plural(c.sent, "message", "messages"))}>
        <p>{w.loudBody(c.target)}</p>
      </Verdict>
    );
  }
  return (
    <Verdict tone="pass" title={w.silent(c.proof, timeOf(c.at))}>
      <p>{w.silentBody(c.target)}</p>
    </Verdict>
  );
}

/** shownFields are all that differ, or all when somebody wants to see them. */
export function shownFields(r: CanaryRecord, all: boolean): CanaryField[] {
  const fields = [...r.fields, ...r.links];
  return all ? fields : fields.filter((f) => !f.same);
}

function Record({ record: r }: { record: CanaryRecord }) {
  const fields = r.fields.length + r.links.length;
  const different = shownFields(r, false).length;
  const [all, setAll] = useState(different === 0 && fields <= 8);
  const shown = shownFields(r, all);
  const created = r.target_id !== "";
  const tone = r.ok ? "pass" : "fail";
  return (
    <article className={css.canary} aria-label={`${r.title} ${r.id}`}>
      <header className={css.canaryHead}>
        <h3>
          {r.title}{" "}
          <a href={recordsRoute({ object: r.object }, r.id)} title={r.name}>
            {r.name === "" ? r.id : r.name}
          </a>
        </h3>
        <Mark tone={tone}>{r.ok ? w.same : created ? w.differs : w.refused}</Mark>
      </header>
      <p className="faint">
        <span className="mono">{r.id}</span>
        {created && <> · {w.target(r.target_id)}</>}
      </p>
      {r.error !== "" && <p className={css.strong}>{r.error}</p>}
      {created && (
        <>
          <p className="soft">{different === 0 ? w.allSame(fields) : w.onlyDifferent(different, fields)}</p>
          {shown.length > 0 && (
            <table className={`${tables.table} ${tables.dense} ${css.compare}`}>
              <thead>
                <tr>
                  <th>{w.field}</th>
                  <th>{w.meant}</th>
                  <th>{w.found}</th>
                  <td />
                </tr>
              </thead>
              <tbody>
                {shown.map((f) => (
                  <tr key={f.field} data-differs={!f.same}>
                    <th scope="row">{f.title}</th>
                    <td dir="auto">
                      <Value of={f.meant} />
                    </td>
                    <td dir="auto">
                      <Value of={f.found} />
                    </td>
                    <td>
                      <Mark tone={f.same ? "pass" : "fail"} size={14}>
                        {f.same ? "" : "≠"}
                        <span className="hidden-text">{f.same ? w.same : w.differs}</span>
                      </Mark>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
          {fields > shown.length || all ? (
            fields > 8 || different > 0 ? (
              <Button size="compact-xs" variant="subtle" onClick={() => setAll(!all)} aria-expanded={all}>
                {all ? w.showLess : w.showAll}
              </Button>
            ) : null
          ) : null}
        </>
      )}
    </article>
  );
}

function Value({ of }: { of: string }) {
  return of === "" ? <span className="faint">{w.empty}</span> : <span className={css.value}>{of}</span>;
}
