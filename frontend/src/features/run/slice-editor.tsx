import { ActionIcon, Autocomplete, Button, Select, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useState } from "react";
import type { Condition, Problem, SliceField, SliceForm, SliceObject } from "../../api/types";
import { ProblemNote } from "../../components/problem-note";
import { needsValue, opsFor } from "./model";
import css from "./run.module.css";
import { words } from "./strings";

const w = words.slices.form;
const FORMULA = "formula";

/** SliceEditor states a part: which records, and what must be true of them. */
export function SliceEditor(props: { slice: SliceForm; objects: SliceObject[]; busy: boolean; problem: Problem | null; onSave: (s: SliceForm) => void; onCancel: () => void }) {
  const { objects, busy, problem, onSave, onCancel } = props;
  const [s, setS] = useState(props.slice);
  const fields = objects.find((o) => o.object === s.object)?.fields ?? [];
  const put = (i: number, c: Condition) => setS({ ...s, conditions: s.conditions.map((x, j) => (j === i ? c : x)) });
  const whole = s.name.trim() !== "" && s.conditions.every((c) => (c.op === FORMULA || c.field !== "") && (!needsValue(c.op) || c.value.trim() !== ""));
  return (
    <form
      className="stack"
      onSubmit={(e) => {
        e.preventDefault();
        if (whole) onSave(s);
      }}
    >
      <div className={css.pair}>
        <TextInput label={w.name} placeholder={w.namePlaceholder} value={s.name} onChange={(e) => setS({ ...s, name: e.currentTarget.value })} required data-autofocus />
        <Select
          label={w.object}
          description={w.objectHint}
          inputWrapperOrder={["label", "input", "description"]}
          data={objects.map((o) => ({ value: o.object, label: o.title }))}
          value={s.object}
          allowDeselect={false}
          onChange={(v) => v !== null && v !== s.object && setS({ ...s, object: v, conditions: [] })}
        />
      </div>
      <fieldset className={css.conditions}>
        <legend>{w.conditions}</legend>
        {s.conditions.length === 0 && <p className="faint">{w.all}</p>}
        {s.conditions.map((c, i) => (
          <ConditionRow key={i} condition={c} fields={fields} onChange={(x) => put(i, x)} onRemove={() => setS({ ...s, conditions: s.conditions.filter((_, j) => j !== i) })} />
        ))}
        <div>
          <Button size="compact-sm" variant="default" onClick={() => setS({ ...s, conditions: [...s.conditions, { field: "", op: "is", value: "" }] })}>
            {w.add}
          </Button>
        </div>
      </fieldset>
      {problem && <ProblemNote problem={problem} />}
      <div className="row" style={{ justifyContent: "flex-end" }}>
        <Button variant="default" onClick={onCancel}>
          {w.cancel}
        </Button>
        <Button type="submit" loading={busy} disabled={!whole}>
          {w.save}
        </Button>
      </div>
    </form>
  );
}

function ConditionRow({ condition: c, fields, onChange, onRemove }: { condition: Condition; fields: SliceField[]; onChange: (c: Condition) => void; onRemove: () => void }) {
  const field = fields.find((f) => f.name === c.field);
  const ops = c.op === FORMULA ? [FORMULA] : [...opsFor(field?.type ?? ""), FORMULA];
  const date = c.op === "since" || c.op === "before";
  const hint = c.op === FORMULA ? w.formulaHint : date ? w.dateHint : "";
  return (
    <div className={css.condition}>
      {c.op !== FORMULA && (
        <Select
          aria-label={w.field}
          placeholder={w.field}
          data={fields.map((f) => f.name)}
          value={c.field === "" ? null : c.field}
          searchable
          allowDeselect={false}
          onChange={(v) => {
            if (v === null) return;
            const allowed = opsFor(fields.find((f) => f.name === v)?.type ?? "");
            onChange({ ...c, field: v, op: allowed.includes(c.op) ? c.op : (allowed[0] ?? "is"), value: "" });
          }}
        />
      )}
      <Select
        aria-label={w.op}
        data={(c.op === FORMULA ? [FORMULA, "is"] : ops).map((o) => ({ value: o, label: words.slices.op[o] ?? o }))}
        value={c.op}
        allowDeselect={false}
        onChange={(v) => v !== null && onChange({ ...c, op: v, value: needsValue(v) && v !== FORMULA ? c.value : "" })}
      />
      {needsValue(c.op) ? (
        c.op === "is" || c.op === "is_not" ? (
          <Autocomplete aria-label={w.value} placeholder={w.value} description={undefined} title={w.several} data={[...new Set(field?.values ?? [])].filter((v) => v !== "")} value={c.value} onChange={(v) => onChange({ ...c, value: v })} />
        ) : (
          <TextInput aria-label={w.value} placeholder={hint || w.value} value={c.value} onChange={(e) => onChange({ ...c, value: e.currentTarget.value })} />
        )
      ) : (
        <span />
      )}
      <ActionIcon variant="subtle" color="gray" aria-label={w.remove} onClick={onRemove}>
        <IconX size={16} aria-hidden />
      </ActionIcon>
    </div>
  );
}
