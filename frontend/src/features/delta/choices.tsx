import { Button, Select } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { toProblem } from "../../api/call";
import { delta } from "../../api/services";
import type { ChoiceView, ConflictRow, DeltaView } from "../../api/types";
import { Waiting } from "../../components/ask";
import { useDo } from "../../components/do";
import { count, when } from "../../components/format";
import { Mark } from "../../components/marks";
import { Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { recordsRoute } from "../../components/route";
import tables from "../../components/table.module.css";
import { deltaQueries } from "./api";
import css from "./delta.module.css";
import { words } from "./strings";

type Kind = "conflict" | "gone";

/** Choices lists the records of a plan that need a person's choice, one by one and all at once. */
export function Choices({ view, kind, busy }: { view: DeltaView; kind: Kind; busy: boolean }) {
  const w = kind === "gone" ? words.gone : words.conflicts;
  const choices = kind === "gone" ? view.gone_choices : view.conflict_choices;
  const usual = kind === "gone" ? view.gone_default : view.conflict_default;
  const total = kind === "gone" ? view.gone : view.conflicts;
  const rows = useInfiniteQuery(deltaQueries.rows(view.plan, kind));
  const [all, setAll] = useState<string | null>(null);
  const choose = useDo(delta.choose);
  const begin = useDo(delta.setDefault);
  const locked = busy || view.started || view.stale || choose.busy;
  return (
    <Section title={w.title}>
      <p className="soft">{w.lead}</p>
      <div className={css.all}>
        <ChoiceSelect label={words.forAll(count(total))} choices={choices} value={all} disabled={locked} onChoose={setAll} />
        <Button variant="default" disabled={locked || all === null} loading={choose.busy} onClick={() => all !== null && choose.run(view.plan, kind, [], all, "")}>
          {words.apply}
        </Button>
        <span className="grow" />
        <ChoiceSelect label={words.usual} choices={choices} value={usual} disabled={busy || begin.busy} onChoose={(c) => begin.run(kind, c)} />
      </div>
      {(choose.problem ?? begin.problem) && <ProblemNote problem={choose.problem ?? begin.problem ?? toProblem("")} />}
      {rows.error && <ProblemNote problem={toProblem(rows.error)} onRetry={() => void rows.refetch()} />}
      {rows.isLoading && <Waiting lines={4} />}
      <ul className={css.rows}>
        {(rows.data?.pages ?? []).flatMap((p) => p.rows).map((r) => (
          <Row key={r.seq} row={r} kind={kind} choices={choices.filter((c) => r.choices.includes(c.value))} locked={locked} onChoose={(c) => choose.run(view.plan, kind, [r.seq], c, "")} />
        ))}
      </ul>
      {rows.hasNextPage && (
        <div>
          <Button variant="default" loading={rows.isFetchingNextPage} onClick={() => void rows.fetchNextPage()}>
            {words.more}
          </Button>
        </div>
      )}
    </Section>
  );
}

function ChoiceSelect({ label, hidden = false, choices, value, disabled, onChoose }: { label: string; hidden?: boolean; choices: ChoiceView[]; value: string | null; disabled: boolean; onChoose: (c: string) => void }) {
  return (
    <Select
      w={250}
      label={hidden ? undefined : label}
      aria-label={hidden ? label : undefined}
      data={choices.map((c) => ({ value: c.value, label: c.title }))}
      value={value}
      placeholder={words.chooseOne}
      allowDeselect={false}
      disabled={disabled}
      comboboxProps={{ width: 380, position: "bottom-end" }}
      renderOption={({ option }) => (
        <span className={css.choice}>
          <b>{option.label}</b>
          <span className="faint">{choices.find((c) => c.value === option.value)?.means}</span>
        </span>
      )}
      onChange={(v) => {
        if (v !== null && v !== value) onChoose(v);
      }}
    />
  );
}

function Row({ row: r, kind, choices, locked, onChoose }: { row: ConflictRow; kind: Kind; choices: ChoiceView[]; locked: boolean; onChoose: (c: string) => void }) {
  const what = `${r.title.toLowerCase()} ${r.id}`;
  return (
    <li className={css.row}>
      <div className={css.body}>
        <h3>
          {r.title}{" "}
          <a href={recordsRoute({ object: r.object }, r.id)} dir="auto">
            {r.name === "" ? r.id : r.name}
          </a>
        </h3>
        <p className="faint">
          <span className="mono">{r.id}</span>
          {r.target_id !== "" && <> · {words.inTarget(r.target_id)}</>} · {r.chosen_by === "" ? words.nobody : words.by(r.chosen_by)}
        </p>
        {kind === "gone" && <p>{r.how === "merged" ? words.gone.merged(r.into, r.at === "" ? "" : when(r.at)) : words.gone.deleted(r.at === "" ? "" : when(r.at))}</p>}
        {r.missing && <Mark tone="warn">{words.conflicts.missing}</Mark>}
        {r.fields.length > 0 && <Fields row={r} />}
      </div>
      <ChoiceSelect label={words.choiceFor(what)} hidden choices={choices} value={r.choice} disabled={locked || choices.length < 2} onChoose={onChoose} />
    </li>
  );
}

function Fields({ row }: { row: ConflictRow }) {
  const w = words.conflicts;
  return (
    <table className={`${tables.table} ${tables.dense} ${css.fields}`}>
      <thead>
        <tr>
          <th>{w.field}</th>
          <th>{w.wrote}</th>
          <th>{w.source}</th>
          <th>{w.target}</th>
        </tr>
      </thead>
      <tbody>
        {row.fields.map((f) => (
          <tr key={f.field}>
            <th scope="row">
              {f.title === "" ? f.field : f.title}
              <span className={`faint ${css.which}`}>{f.changed ? w.changed : w.edited}</span>
            </th>
            {[f.wrote, f.source, f.target].map((v, i) => (
              <td key={i} dir="auto" data-new={i > 0 && v !== f.wrote}>
                {v === "" ? <span className="faint">{w.empty}</span> : v}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
