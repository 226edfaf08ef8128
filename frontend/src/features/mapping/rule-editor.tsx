import { Button, Select, Textarea, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useReducer, useRef, type Dispatch } from "react";
import { Failure, toProblem } from "../../api/call";
import { mapping } from "../../api/services";
import type { Field, FieldMap, FieldMapView, ObjectMapView, Otherwise } from "../../api/types";
import { useDo } from "../../components/do";
import { count, typeTitle } from "../../components/format";
import { SidePanel } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { mapQueries } from "./api";
import css from "./mapping.module.css";
import { edit, filledFrom, lacking, tidy, titleOf, type Edit } from "./model";
import { RuleCheck } from "./rule-check";
import { RuleFields } from "./rule-fields";
import { RuleKinds } from "./rule-kinds";
import { words } from "./strings";

const w = words.editor;
const CAN_BE_WRONG: Set<string> = new Set(["formula", "split", "look_up"]);

/**
 * RuleEditor changes the rule of one target field, with its effect on real records beside it.
 * With from, the rule begins as one that is filled from that source field.
 */
export function RuleEditor({ object, row, from, onClose }: { object: ObjectMapView; row: FieldMapView; from: string; onClose: () => void }) {
  const [map, onEdit] = useReducer(edit, row.map, (m) => (from === "" ? m : filledFrom(m, from, row.target)));
  const save = useDo(async (source: string, rule: FieldMap) => {
    // A rule with a mistake would hold every record: it is said here, not after the run.
    const wrong = CAN_BE_WRONG.has(rule.rule) ? (await mapping.preview(source, rule)).problems[0] : undefined;
    if (wrong) throw new Failure(wrong);
    return mapping.setField(source, rule);
  }, onClose);
  const lacks = lacking(map);
  const accept = () => {
    if (lacks === "" && !save.busy) save.run(object.id, { ...tidy(map), state: "reviewed" });
  };
  const press = useRef(accept);
  useEffect(() => {
    press.current = accept;
  });
  useEffect(() => {
    // From anywhere on the panel, also from its title, where the cursor is at first.
    const onKey = (e: KeyboardEvent) => {
      if (e.key !== "Enter" || !(e.ctrlKey || e.metaKey) || e.defaultPrevented) return;
      e.preventDefault();
      press.current();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
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
      <div className={css.form}>
        {(row.map.confidence ?? 0) > 0 && row.map.state !== "reviewed" && (
          <div className={css.suggestion}>
            <strong>{w.suggestion(row.map.confidence ?? 0)}</strong>
            <p className="soft">{row.map.reason}</p>
          </div>
        )}
        {save.problem && <ProblemNote problem={save.problem} />}
        <RuleKinds rule={map.rule} target={row.target} onRule={(rule) => onEdit({ do: "rule", rule })} />
        <RuleFields object={object} map={map} target={row.target} onEdit={onEdit} />
        {map.rule !== "fixed" && map.rule !== "leave_out" && <Instead map={map} target={row.target} onEdit={onEdit} />}
        {map.rule !== "leave_out" && <RuleCheck target={row.target} map={map} onEdit={onEdit} />}
        <Preview object={object.id} map={map} />
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
