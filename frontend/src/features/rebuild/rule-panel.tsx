import { Button, Radio, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { rebuild } from "../../api/services";
import type { RuleChange, RuleDetail } from "../../api/types";
import { Ask } from "../../components/ask";
import { CopyButton } from "../../components/copy-button";
import { useDo } from "../../components/do";
import { ago, count } from "../../components/format";
import { Mark } from "../../components/marks";
import { SidePanel } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { rebuildQueries } from "./api";
import { STATES } from "./model";
import css from "./rebuild.module.css";
import { words } from "./strings";

const w = words.panel;

/** RulePanel is one rule: what it does, how to test it, and how far it is. */
export function RulePanel({ id, onClose }: { id: number; onClose: () => void }) {
  const rule = useQuery(rebuildQueries.rule(id));
  const d = rule.data;
  const sub = d && (
    <p className="faint">
      {[d.place > 0 ? w.place(d.row.one, d.place) : d.row.one, d.row.uses >= 0 ? w.uses(count(d.row.uses)) : ""].filter((s) => s !== "").join(", ")}
    </p>
  );
  return (
    <SidePanel wide title={d?.row.name ?? ""} sub={sub} onClose={onClose}>
      <Ask of={rule}>{(found) => <Detail rule={found} />}</Ask>
    </SidePanel>
  );
}

function Part({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className={css.part} aria-label={title}>
      <div className="between">
        <h3>{title}</h3>
        {aside}
      </div>
      {children}
    </section>
  );
}

function Lines({ of }: { of: string[] }) {
  return (
    <ul className={css.lines}>
      {of.map((line, i) => (
        <li key={i} dir="auto">
          {line}
        </li>
      ))}
    </ul>
  );
}

function Detail({ rule: d }: { rule: RuleDetail }) {
  return (
    <div className="stack">
      {d.drifted !== "" && (
        <Part title={w.changes}>
          <Mark tone="warn">{d.drifted}</Mark>
          {d.changes.length > 0 && <Lines of={d.changes} />}
        </Part>
      )}
      <State key={`${d.row.state}.${d.row.owner}.${d.row.note}.${d.row.at}`} rule={d} />
      {!d.row.active && <Mark tone="note">{w.off}</Mark>}
      {d.about !== "" && (
        <Part title={w.about}>
          <p dir="auto">{d.about}</p>
        </Part>
      )}
      {(d.row.kind !== "macro" || d.when.length + d.any_of.length > 0) && (
        <Part title={d.row.kind === "macro" ? w.whom : w.when}>
          {d.when.length > 0 && <Lines of={d.when} />}
          {d.any_of.length > 0 && (
            <>
              {d.when.length > 0 && <p className="soft">{w.anyOf}</p>}
              <Lines of={d.any_of} />
            </>
          )}
          {d.when.length + d.any_of.length === 0 && <p className="soft">{w.always}</p>}
        </Part>
      )}
      {d.does.length > 0 && (
        <Part title={w.does}>
          <Lines of={d.does} />
        </Part>
      )}
      {d.text !== "" && (
        <Part title={w.text} aside={<CopyButton text={d.text} />}>
          <pre className={css.text} dir="auto" tabIndex={0}>
            {d.text}
          </pre>
        </Part>
      )}
      {d.placeholders.length > 0 && (
        <Part title={w.placeholders}>
          <ul className={css.holders}>
            {d.placeholders.map((p) => (
              <li key={p.text}>
                <code>{p.text}</code>
                <span>
                  {p.dead ? <Mark tone="fail">{w.dead}</Mark> : p.becomes !== "" ? <Mark tone="pass">{w.alive}</Mark> : null}
                  <span className="soft">{p.words}</span>
                </span>
              </li>
            ))}
          </ul>
        </Part>
      )}
      <Part title={w.test} aside={<CopyButton text={d.test} label={w.copy} />}>
        <Lines of={d.do} />
        <p className={css.head}>{w.expect}</p>
        <Lines of={d.expect} />
        {d.but.length > 0 && (
          <>
            <p className={css.head}>{w.but}</p>
            <Lines of={d.but} />
          </>
        )}
      </Part>
      {d.history.length > 0 && (
        <Part title={w.history}>
          <ul className={css.history}>
            {d.history.map((h) => (
              <li key={h.hash}>
                <span>{h.detail}</span>
                <span className="faint">
                  {h.person}, {ago(h.at)}
                </span>
              </li>
            ))}
          </ul>
        </Part>
      )}
    </div>
  );
}

function State({ rule: d }: { rule: RuleDetail }) {
  const [form, setForm] = useState({ state: d.row.state, owner: d.row.owner, note: d.row.note });
  const save = useDo(rebuild.state);
  const fields: RuleChange["fields"] = [];
  if (form.state !== d.row.state || d.row.stale) fields.push("state");
  if (form.owner !== d.row.owner) fields.push("owner");
  if (form.note !== d.row.note) fields.push("note");
  const confirms = d.row.stale && form.state === d.row.state && fields.length === 1;
  return (
    <form
      className={`card ${css.form}`}
      onSubmit={(e) => {
        e.preventDefault();
        if (fields.length > 0) save.run([d.row.id], { fields, ...form });
      }}
    >
      <Radio.Group label={w.state} value={form.state} onChange={(state) => setForm((f) => ({ ...f, state }))}>
        <div className={css.states}>
          {STATES.map((s) => (
            <Radio key={s} value={s} label={words.states[s]} />
          ))}
        </div>
      </Radio.Group>
      <TextInput
        label={w.owner}
        placeholder={w.ownerHint}
        value={form.owner}
        onChange={(e) => {
          const owner = e.currentTarget.value;
          setForm((f) => ({ ...f, owner }));
        }}
      />
      <Textarea
        label={w.note}
        placeholder={w.noteHint}
        autosize
        minRows={2}
        maxRows={8}
        value={form.note}
        onChange={(e) => {
          const note = e.currentTarget.value;
          setForm((f) => ({ ...f, note }));
        }}
      />
      {save.problem && <ProblemNote problem={save.problem} />}
      <div className="row">
        <Button type="submit" loading={save.busy} disabled={fields.length === 0}>
          {confirms ? w.confirm : w.save}
        </Button>
        {d.row.by !== "" && <span className="faint">{w.by(d.row.by, ago(d.row.at))}</span>}
      </div>
    </form>
  );
}
