import { ActionIcon, Button, Select, Textarea, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlus, IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { clean } from "../../api/services";
import type { DecisionView } from "../../api/types";
import type { OwnRule, RuleObject, RulePreview, RuleShape } from "../../api/types-clean";
import { Ask } from "../../components/ask";
import { useDo } from "../../components/do";
import { Figure } from "../../components/figure";
import { count, when } from "../../components/format";
import { Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import tables from "../../components/table.module.css";
import { own, ownQueries } from "./api";
import css from "./duplicates.module.css";
import { emptyRule, moved, settingsOf, valuesJSON, valuesText, waysFor, withField } from "./own-model";
import { words } from "./own-strings";

const options = (names: Record<string, string>): { value: string; label: string }[] => Object.entries(names).map(([value, label]) => ({ value, label }));

/** OwnRules makes rules of one's own and orders the corrections in force. */
export function OwnRules() {
  const shape = useQuery(ownQueries.shape());
  const corrections = useQuery(ownQueries.corrections());
  return (
    <>
      <Section title={words.make}>
        <Ask of={shape}>{(s) => (s.objects.length === 0 ? <p className="soft">{words.none}</p> : <Builder shape={s} />)}</Ask>
      </Section>
      <Section title={words.inForce} aside={<span className="faint">{words.inForceLead}</span>}>
        <Ask of={corrections} lines={3}>
          {(list) => (list.length === 0 ? <p className="soft">{words.noCorrections}</p> : <Corrections list={list} />)}
        </Ask>
      </Section>
    </>
  );
}

function Builder({ shape }: { shape: RuleShape }) {
  const [rule, setRule] = useState<OwnRule>(() => emptyRule(shape));
  const [preview, setPreview] = useState<RulePreview | undefined>();
  const look = useDo(own.try, setPreview);
  const object = shape.objects.find((o) => o.object === rule.object);
  const set = (r: OwnRule): void => {
    setRule(r);
    setPreview(undefined);
    look.forget();
  };
  const fields = (object?.fields ?? []).map((f) => ({ value: f.name, label: f.title }));
  return (
    <div className={css.builder}>
      <div className={css.line}>
        <Select label={words.does} data={options(words.doesWords)} value={rule.does} allowDeselect={false} onChange={(v) => v !== null && set({ ...rule, does: v, where: v === "correct" ? [] : rule.where.length > 0 ? rule.where : [{ field: fields[0]?.value ?? "", op: "is", value: "" }] })} />
        <Select
          label={words.object}
          data={shape.objects.map((o) => ({ value: o.object, label: o.title }))}
          value={rule.object}
          allowDeselect={false}
          onChange={(v) => {
            const next = shape.objects.find((o) => o.object === v);
            if (next) set(withField(shape, { ...rule, object: next.object, where: rule.where.slice(0, 1).map(() => ({ field: next.fields[0]?.name ?? "", op: "is", value: "" })) }, next, next.fields[0]?.name ?? ""));
          }}
        />
        {rule.does === "correct" && (
          <>
            <Select label={words.field} data={fields} value={rule.field} searchable allowDeselect={false} onChange={(v) => v !== null && set(withField(shape, rule, object, v))} />
            <Way shape={shape} object={object} rule={rule} onChange={set} />
          </>
        )}
      </div>
      {rule.does !== "correct" && <Conditions rule={rule} fields={fields} onChange={set} />}
      <div className="row">
        <Button variant="default" loading={look.busy} onClick={() => look.run(rule)}>
          {words.preview}
        </Button>
      </div>
      {look.problem && <ProblemNote problem={look.problem} />}
      {preview && <Hits rule={rule} preview={preview} onDone={() => set(emptyRule(shape))} />}
    </div>
  );
}

function Way({ shape, object, rule, onChange }: { shape: RuleShape; object: RuleObject | undefined; rule: OwnRule; onChange: (r: OwnRule) => void }) {
  const type = object?.fields.find((f) => f.name === rule.field)?.type ?? "text";
  const ways = waysFor(shape, type).map((how) => ({ value: how, label: words.ways[how] ?? how }));
  const set = (name: string, value: string): void => onChange({ ...rule, settings: { ...rule.settings, [name]: value } });
  const pick = (name: string, names: Record<string, string>) => (
    <Select key={name} label={words.settings[name]} data={options(names)} value={rule.settings[name] ?? ""} allowDeselect={false} onChange={(v) => v !== null && set(name, v)} />
  );
  return (
    <>
      <Select label={words.how} data={ways} value={rule.how} allowDeselect={false} w={300} onChange={(v) => v !== null && onChange({ ...rule, how: v, settings: settingsOf(shape, v) })} />
      {rule.how === "case" && pick("to", words.toCase)}
      {rule.how === "country" && pick("to", words.toCountry)}
      {rule.how === "phone" && (
        <>
          <TextInput label={words.settings["country"]} description={words.hints.country} value={rule.settings["country"] ?? ""} maxLength={2} onChange={(e) => set("country", e.currentTarget.value)} />
          {pick("format", words.phoneFormat)}
        </>
      )}
      {rule.how === "date" && <TextInput label={words.settings["format"]} description={words.hints.dateFormat} value={rule.settings["format"] ?? ""} onChange={(e) => set("format", e.currentTarget.value)} />}
      {rule.how === "owner" && <TextInput label={words.settings["to"]} description={words.hints.owner} value={rule.settings["to"] ?? ""} onChange={(e) => set("to", e.currentTarget.value)} />}
      {(rule.how === "replace" || rule.how === "tags") && <Values key={rule.how} json={rule.settings["values"] ?? "{}"} onChange={(v) => set("values", v)} />}
    </>
  );
}

function Values({ json, onChange }: { json: string; onChange: (json: string) => void }) {
  const [text, setText] = useState(() => valuesText(json));
  return (
    <Textarea
      label={words.settings["values"]}
      description={words.hints.values}
      value={text}
      autosize
      minRows={2}
      w={320}
      onChange={(e) => {
        setText(e.currentTarget.value);
        onChange(valuesJSON(e.currentTarget.value));
      }}
    />
  );
}

function Conditions({ rule, fields, onChange }: { rule: OwnRule; fields: { value: string; label: string }[]; onChange: (r: OwnRule) => void }) {
  const change = (i: number, part: Partial<OwnRule["where"][number]>): void => onChange({ ...rule, where: rule.where.map((c, k) => (k === i ? { ...c, ...part } : c)) });
  return (
    <div className="stack">
      <h3>{words.where}</h3>
      {rule.where.map((c, i) => (
        <div key={i} className={css.line}>
          <Select aria-label={words.field} data={fields} value={c.field} searchable allowDeselect={false} onChange={(v) => v !== null && change(i, { field: v })} />
          <Select aria-label={words.op} data={options(words.ops)} value={c.op} allowDeselect={false} onChange={(v) => v !== null && change(i, { op: v })} />
          {!["empty", "filled", "leads_nowhere"].includes(c.op) && <TextInput aria-label={words.value} placeholder={c.op === "before" ? "2015-12-31" : ""} value={c.value} onChange={(e) => change(i, { value: e.currentTarget.value })} />}
          {rule.where.length > 1 && (
            <ActionIcon variant="subtle" color="gray" size={36} aria-label={words.remove} onClick={() => onChange({ ...rule, where: rule.where.filter((_, k) => k !== i) })}>
              <IconX size={16} />
            </ActionIcon>
          )}
        </div>
      ))}
      <div>
        <Button size="compact-sm" variant="subtle" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => onChange({ ...rule, where: [...rule.where, { field: fields[0]?.value ?? "", op: "is", value: "" }] })}>
          {words.addCondition}
        </Button>
      </div>
    </div>
  );
}

function Hits({ rule, preview: p, onDone }: { rule: OwnRule; preview: RulePreview; onDone: () => void }) {
  const [why, setWhy] = useState("");
  const make = useDo(own.make, onDone);
  if (p.count === 0) return <p className="soft">{words.none}</p>;
  return (
    <form
      className="stack"
      onSubmit={(e) => {
        e.preventDefault();
        make.run(rule, why.trim());
      }}
    >
      <h3>{words.hits(p.title, count(p.count))}</h3>
      {p.also.length > 0 && <p className="soft">{words.also(p.also.map((a) => `${a.value} ${a.name.toLowerCase()}`).join(", "))}</p>}
      <div className="stack" style={{ gap: 4 }}>
        {p.examples.map((e) => (
          <div key={e.id} className={css.change}>
            <span className="mono faint">{e.id}</span>
            {e.before === "" && e.after === "" ? (
              <span dir="auto">{e.name}</span>
            ) : (
              <>
                <span className={css.was} dir="auto">
                  {e.before}
                </span>
                <span aria-hidden>{words.becomes}</span>
                <span className={css.now} dir="auto">
                  {e.after}
                </span>
              </>
            )}
          </div>
        ))}
      </div>
      <Textarea label={words.why} description={words.whyHint} value={why} onChange={(e) => setWhy(e.currentTarget.value)} autosize minRows={2} required />
      {make.problem && <ProblemNote problem={make.problem} />}
      <div className="row" style={{ justifyContent: "flex-end" }}>
        <Button type="submit" loading={make.busy} disabled={why.trim() === ""}>
          {words.apply(count(p.count))}
        </Button>
      </div>
    </form>
  );
}

function Corrections({ list }: { list: DecisionView[] }) {
  const order = useDo(own.order);
  const undo = useDo(clean.undo);
  const ids = list.map((d) => d.id);
  return (
    <>
      {(order.problem ?? undo.problem) && <ProblemNote problem={(order.problem ?? undo.problem) as NonNullable<typeof undo.problem>} />}
      <div className={tables.wrap}>
        <table className={tables.table}>
          <tbody>
            {list.map((d, i) => (
              <tr key={d.id}>
                <td style={{ width: 80 }}>
                  <ActionIcon variant="subtle" color="gray" disabled={i === 0 || order.busy} aria-label={words.up(d.title)} onClick={() => order.run(moved(ids, d.id, -1))}>
                    <IconArrowUp size={16} />
                  </ActionIcon>
                  <ActionIcon variant="subtle" color="gray" disabled={i === list.length - 1 || order.busy} aria-label={words.down(d.title)} onClick={() => order.run(moved(ids, d.id, 1))}>
                    <IconArrowDown size={16} />
                  </ActionIcon>
                </td>
                <td>{d.title}</td>
                <td className={tables.num}>
                  <Figure of={d.count} what={d.title} />
                </td>
                <td className="soft">{d.why}</td>
                <td className="soft">
                  {d.by}, {when(d.at)}
                </td>
                <td className={tables.num}>
                  <Button size="compact-sm" variant="default" loading={undo.busy} onClick={() => undo.run(d.id)}>
                    {words.off}
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
