import { Button, MultiSelect, SegmentedControl, Select, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useReducer, type Dispatch } from "react";
import { Failure, toProblem } from "../../api/call";
import { queries } from "../../api/queries";
import { mapping } from "../../api/services";
import type { Field, FieldMap, FieldMapView, ObjectMapView, Otherwise, RuleKind } from "../../api/types";
import { useDo } from "../../components/do";
import { count, typeTitle } from "../../components/format";
import { SidePanel } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { mapQueries } from "./api";
import css from "./mapping.module.css";
import { edit, lacking, tidy, titleOf, type Edit } from "./model";
import { words } from "./strings";
import { ValueList } from "./value-list";

const w = words.editor;
const RULES: RuleKind[] = ["copy", "values", "fixed", "join", "formula", "leave_out"];

/** RuleEditor changes the rule of one target field, with its effect on real records beside it. */
export function RuleEditor({ object, row, onClose }: { object: ObjectMapView; row: FieldMapView; onClose: () => void }) {
  const [map, onEdit] = useReducer(edit, row.map);
  const save = useDo(async (source: string, rule: FieldMap) => {
    // A formula with a mistake would hold every record: it is said here, not after the run.
    const wrong = rule.rule === "formula" ? (await mapping.preview(source, rule)).problems[0] : undefined;
    if (wrong) throw new Failure(wrong);
    return mapping.setField(source, rule);
  }, onClose);
  const lacks = lacking(map);
  const accept = () => {
    if (lacks === "") save.run(object.source, { ...tidy(map), state: "reviewed" });
  };
  return (
    <SidePanel
      wide
      title={titleOf(row.target)}
      sub={<Facts field={row.target} />}
      onClose={onClose}
      foot={
        <>
          <Button loading={save.busy} disabled={lacks !== ""} onClick={accept}>
            {w.save}
          </Button>
          <Button variant="default" onClick={onClose}>
            {words.cancel}
          </Button>
          <span className="faint">{lacks === "" ? w.saveHint : lacks}</span>
        </>
      }
    >
      <div
        className={css.form}
        onKeyDown={(e) => {
          if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
            e.preventDefault();
            accept();
          }
        }}
      >
        {(row.map.confidence ?? 0) > 0 && row.map.state !== "reviewed" && (
          <div className={css.suggestion}>
            <strong>{w.suggestion(row.map.confidence ?? 0)}</strong>
            <p className="soft">{row.map.reason}</p>
          </div>
        )}
        {save.problem && <ProblemNote problem={save.problem} />}
        <div>
          <SegmentedControl fullWidth aria-label={w.rule} data={RULES.map((r) => ({ value: r, label: words.rules[r] ?? r }))} value={map.rule} onChange={(v) => onEdit({ do: "rule", rule: v })} />
          <p className="faint" style={{ marginTop: 6 }}>
            {words.ruleHints[map.rule]}
          </p>
        </div>
        <RuleFields object={object} map={map} target={row.target} onEdit={onEdit} />
        {map.rule !== "fixed" && map.rule !== "leave_out" && <Instead map={map} target={row.target} onEdit={onEdit} />}
        <Preview object={object.source} map={map} />
        <ForBusiness map={map} onEdit={onEdit} />
      </div>
    </SidePanel>
  );
}

function Facts({ field }: { field: Field }) {
  const facts = [
    typeTitle(field.type),
    field.required === true ? words.required : "",
    (field.max_length ?? 0) > 0 ? w.maxLength(count(field.max_length ?? 0)) : "",
    field.help ?? "",
  ];
  return <p className="faint">{facts.filter((f) => f !== "").join(" · ")}</p>;
}

/** useSamples finds three real values of each source field, so that a name need not be guessed. */
function useSamples(object: string): Map<string, string> {
  const objects = useQuery(queries.objects());
  const fields = objects.data?.find((o) => o.object === object)?.fields ?? [];
  return new Map(
    fields.map((f) => [
      f.name,
      f.top
        .slice(0, 3)
        .map((t) => t.value)
        .join("  ·  "),
    ]),
  );
}

function RuleFields({ object, map, target, onEdit }: { object: ObjectMapView; map: FieldMap; target: Field; onEdit: Dispatch<Edit> }) {
  const samples = useSamples(object.source);
  const data = object.source_fields.map((f) => ({ value: f.name, label: titleOf(f) }));
  const option = ({ option: o }: { option: { value: string; label: string } }) => (
    <span className={css.source}>
      {o.label}
      <small className="clip">{samples.get(o.value)}</small>
    </span>
  );
  const source = (
    <Select
      label={w.source}
      data={data}
      value={map.sources?.[0] ?? null}
      searchable
      renderOption={option}
      maxDropdownHeight={320}
      description={samples.get(map.sources?.[0] ?? "")}
      inputWrapperOrder={["label", "input", "description", "error"]}
      onChange={(v) => v !== null && onEdit({ do: "source", source: v })}
    />
  );
  switch (map.rule) {
    case "copy":
      return source;
    case "values":
      return (
        <>
          {source}
          <ValueList object={object.source} map={map} target={target} onEdit={onEdit} />
        </>
      );
    case "fixed":
      return target.options && target.options.length > 0 ? (
        <Select
          label={w.fixed}
          data={target.options.map((o) => ({ value: o.value, label: o.title ?? o.value }))}
          value={map.fixed ?? null}
          searchable
          onChange={(v) => v !== null && onEdit({ do: "set", change: { fixed: v } })}
        />
      ) : (
        <TextInput label={w.fixed} value={map.fixed ?? ""} onChange={(e) => onEdit({ do: "set", change: { fixed: e.currentTarget.value } })} />
      );
    case "join":
      return (
        <div className={css.two} style={{ gridTemplateColumns: "1fr 120px" }}>
          <MultiSelect label={w.sources} data={data} value={map.sources ?? []} searchable renderOption={option} onChange={(sources) => onEdit({ do: "set", change: { sources } })} />
          <TextInput label={w.separator} value={map.separator ?? ""} onChange={(e) => onEdit({ do: "set", change: { separator: e.currentTarget.value } })} />
        </div>
      );
    case "formula":
      return <FormulaFields object={object} map={map} onEdit={onEdit} />;
    case "leave_out":
      return null;
  }
}

function FormulaFields({ object, map, onEdit }: { object: ObjectMapView; map: FieldMap; onEdit: Dispatch<Edit> }) {
  const formula = map.formula ?? "";
  return (
    <div>
      <Textarea
        label={w.formula}
        description={w.formulaHint}
        className={css.formula}
        autosize
        minRows={2}
        spellCheck={false}
        value={formula}
        onChange={(e) => onEdit({ do: "set", change: { formula: e.currentTarget.value } })}
      />
      <div className={css.insert} role="group" aria-label={w.insert}>
        {object.source_fields.map((f) => (
          <button key={f.name} type="button" onClick={() => onEdit({ do: "set", change: { formula: `${formula}[${f.name}]` } })}>
            [{f.name}]
          </button>
        ))}
      </div>
    </div>
  );
}

function Instead({ map, target, onEdit }: { map: FieldMap; target: Field; onEdit: Dispatch<Edit> }) {
  return (
    <div className={css.two}>
      <Choice label={w.ifEmpty} target={target} choice={map.if_empty} value={map.empty_value} onChoice={(v) => onEdit({ do: "set", change: { if_empty: v } })} onValue={(v) => onEdit({ do: "set", change: { empty_value: v } })} />
      <Choice
        label={w.ifUnknown}
        target={target}
        choice={map.if_unknown}
        value={map.unknown_value}
        onChoice={(v) => onEdit({ do: "set", change: { if_unknown: v } })}
        onValue={(v) => onEdit({ do: "set", change: { unknown_value: v } })}
      />
    </div>
  );
}

function Choice(props: {
  label: string;
  target: Field;
  choice: Otherwise | "" | undefined;
  value: string | undefined;
  onChoice: (v: Otherwise) => void;
  onValue: (v: string) => void;
}) {
  const { label, target, choice, value, onChoice, onValue } = props;
  const options = target.options ?? [];
  const usual: Otherwise = target.required === true ? "hold" : "leave";
  return (
    <div className="stack-tight">
      <Select
        label={label}
        data={Object.entries(w.otherwise).map(([v, l]) => ({ value: v, label: l }))}
        value={choice === undefined || choice === "" ? usual : choice}
        allowDeselect={false}
        onChange={(v) => v !== null && onChoice(v as Otherwise)}
      />
      {choice === "use" &&
        (options.length > 0 ? (
          <Select aria-label={`${label}: ${w.instead}`} placeholder={w.instead} data={options.map((o) => ({ value: o.value, label: o.title ?? o.value }))} value={value ?? null} searchable onChange={(v) => onValue(v ?? "")} />
        ) : (
          <TextInput aria-label={`${label}: ${w.instead}`} placeholder={w.instead} value={value ?? ""} onChange={(e) => onValue(e.currentTarget.value)} />
        ))}
    </div>
  );
}

function Preview({ object, map }: { object: string; map: FieldMap }) {
  const [settled] = useDebouncedValue(map, 250);
  const preview = useQuery(mapQueries.preview(object, settled));
  if (lacking(map) !== "" || map.rule === "leave_out") return null;
  const view = preview.data;
  return (
    <div className="stack-tight">
      <div className="between">
        <h3 style={{ whiteSpace: "nowrap" }}>{w.preview}</h3>
        <span className="faint">{view?.words ?? w.previewHint}</span>
      </div>
      {preview.error && <ProblemNote problem={toProblem(preview.error)} />}
      {view?.problems.map((p, i) => (
        <ProblemNote key={i} problem={p} />
      ))}
      {view && view.samples.length > 0 && (
        <div className={css.preview}>
          <table>
            <thead>
              <tr>
                <th>{w.before}</th>
                <th>{w.after}</th>
              </tr>
            </thead>
            <tbody>
              {view.samples.map((s, i) => (
                <tr key={i}>
                  <td dir="auto">{s.before === "" ? <span className="faint">{words.nothingIn}</span> : s.before}</td>
                  <td dir="auto">
                    {s.problem ? (
                      <span className={css.held}>
                        {words.heldWord}: {s.problem.what}
                      </span>
                    ) : s.after === "" ? (
                      <span className="faint">{words.nothingIn}</span>
                    ) : (
                      s.after
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

function ForBusiness({ map, onEdit }: { map: FieldMap; onEdit: Dispatch<Edit> }) {
  return (
    <details>
      <summary className="soft" style={{ cursor: "pointer" }}>
        {w.more}
      </summary>
      <div className="stack" style={{ marginTop: 12 }}>
        <Textarea label={w.meaning} autosize minRows={2} value={map.meaning ?? ""} onChange={(e) => onEdit({ do: "set", change: { meaning: e.currentTarget.value } })} />
        <TextInput label={w.owner} value={map.owner ?? ""} onChange={(e) => onEdit({ do: "set", change: { owner: e.currentTarget.value } })} />
        <Textarea label={w.note} autosize minRows={2} value={map.note ?? ""} onChange={(e) => onEdit({ do: "set", change: { note: e.currentTarget.value } })} />
      </div>
    </details>
  );
}
