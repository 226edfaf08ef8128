import { Button, Radio, Select, TextInput } from "@mantine/core";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { runs } from "../../api/services";
import type { HeldGroup, RepairView } from "../../api/types";
import { Ask } from "../../components/ask";
import type { Deed } from "../../components/do";
import { Figure } from "../../components/figure";
import { count, objectTitle, objectWord } from "../../components/format";
import { ProblemNote } from "../../components/problem-note";
import { fixRoute, formatRoute } from "../../components/route";
import tables from "../../components/table.module.css";
import css from "./held.module.css";
import { answered, complete, NO_ANSWER, valueOf, type Answer } from "./model";
import { words } from "./strings";

const w = words.form;

/** LEAVE_EMPTY is the answer by which a value becomes nothing, as Go knows it. */
const LEAVE_EMPTY = "(leave empty)";

export type Fix = Deed<[string, string, string, string, string, string], string>;

const repairsQuery = (g: HeldGroup) => queryOptions({ queryKey: ["held", "repairs", g.object, g.code, g.field], queryFn: () => runs.repairs(g.object, g.code, g.field), staleTime: 30_000 });

/** RepairForm offers what puts a whole group right, says whom it hits, and does it by one button. */
export function RepairForm({ group, busy, fix }: { group: HeldGroup; busy: boolean; fix: Fix }) {
  const repairs = useQuery(repairsQuery(group));
  return (
    <div className={css.form}>
      <Ask of={repairs} lines={3}>
        {(list) => <Form group={group} list={list} busy={busy} fix={fix} />}
      </Ask>
    </div>
  );
}

function Form({ group, list, busy, fix }: { group: HeldGroup; list: RepairView[]; busy: boolean; fix: Fix }) {
  const [id, setID] = useState(list[0]?.id ?? "");
  const [answer, setAnswer] = useState<Answer>(NO_ANSWER);
  const [why, setWhy] = useState("");
  const r = list.find((x) => x.id === id);
  const what = r?.count === 1 ? objectWord(group.object) : objectTitle(group.object).toLowerCase();
  return (
    <form
      className="stack"
      onSubmit={(e) => {
        e.preventDefault();
        if (r && complete(r, answer)) fix.run(group.object, group.code, group.field, r.id, valueOf(r, answer), why.trim());
      }}
    >
      {list.length === 0 && <p className="soft">{w.nothing}</p>}
      <Radio.Group
        label={w.choose}
        value={id}
        onChange={(next) => {
          setID(next);
          setAnswer(NO_ANSWER);
          fix.forget();
        }}
      >
        <div className={css.repairs}>
          {list.map((x) => (
            <div key={x.id}>
              <Radio value={x.id} label={x.title} description={x.why} />
              {x.id === id && x.asks !== "none" && (
                <div className={css.answer}>
                  <AnswerInput repair={x} answer={answer} onAnswer={setAnswer} />
                </div>
              )}
            </div>
          ))}
        </div>
      </Radio.Group>
      {r && (
        <>
          <TextInput label={w.why} description={w.whyHint} value={why} onChange={(e) => setWhy(e.currentTarget.value)} maw={560} />
          {fix.problem && <ProblemNote problem={fix.problem} />}
          <div className="row">
            <Button type="submit" loading={fix.busy} disabled={busy || !complete(r, answer)}>
              {r.again ? w.again : w.settle}
            </Button>
            <span className="soft">
              {w.hits} {r.count === group.count.value ? <Figure of={group.count} what={group.title} /> : count(r.count)} {what}
            </span>
          </div>
        </>
      )}
      <p className="row faint">
        {w.elsewhere}
        {group.page !== "" && (
          <a href={fixRoute(group)} aria-label={`${words.fix}: ${group.title}`}>
            {words.fix}
          </a>
        )}
        {group.page !== "clean" && (
          <a href={formatRoute("clean")} title={words.leaveOutHint} aria-label={`${words.leaveOut}: ${group.title}`}>
            {words.leaveOut}
          </a>
        )}
      </p>
    </form>
  );
}

function AnswerInput({ repair: r, answer, onAnswer }: { repair: RepairView; answer: Answer; onAnswer: (a: Answer) => void }) {
  if (r.asks === "values") return <Values repair={r} answer={answer} onAnswer={onAnswer} />;
  if (r.asks === "option") {
    return (
      <Select
        label={w.option}
        data={r.options.map((o) => ({ value: o.value, label: o.count > 0 && !o.title.includes(String(o.count)) ? `${o.title} (${count(o.count)})` : o.title }))}
        value={answer.text === "" ? null : answer.text}
        searchable={r.options.length > 12}
        allowDeselect={false}
        maw={440}
        onChange={(v) => onAnswer({ ...answer, text: v ?? "" })}
      />
    );
  }
  return <TextInput label={w.answer} value={answer.text} maw={440} onChange={(e) => onAnswer({ ...answer, text: e.currentTarget.value })} />;
}

function Values({ repair: r, answer, onAnswer }: { repair: RepairView; answer: Answer; onAnswer: (a: Answer) => void }) {
  const set = (value: string, becomes: string) => onAnswer({ ...answer, values: { ...answer.values, [value]: becomes } });
  const n = answered(r, answer);
  return (
    <div className="stack-tight">
      <table className={`${tables.table} ${tables.dense}`} aria-label={w.values}>
        <thead>
          <tr>
            <th>{w.value}</th>
            <th className={tables.num}>{w.records}</th>
            <th>{w.becomes}</th>
          </tr>
        </thead>
        <tbody>
          {r.values.map((v) => (
            <tr key={v.value}>
              <th scope="row" dir="auto">
                {v.title === "" ? (v.value === "" ? w.empty : v.value) : v.title}
              </th>
              <td className={tables.num}>{count(v.count)}</td>
              <td>
                {r.options.length > 0 ? (
                  <Select
                    size="xs"
                    aria-label={w.for(v.value)}
                    data={[...r.options.map((o) => ({ value: o.value, label: o.title === "" ? o.value : o.title })), { value: LEAVE_EMPTY, label: w.leaveEmpty }]}
                    value={answer.values[v.value] ?? null}
                    clearable
                    searchable={r.options.length > 12}
                    onChange={(x) => set(v.value, x ?? "")}
                  />
                ) : (
                  <TextInput size="xs" aria-label={w.for(v.value)} value={answer.values[v.value] ?? ""} onChange={(e) => set(v.value, e.currentTarget.value)} />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {n > 0 && n < r.values.length && <p className="faint">{w.some(count(n), count(r.values.length))}</p>}
    </div>
  );
}
