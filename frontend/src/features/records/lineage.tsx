import { queryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/call";
import type { FieldLineage, Lineage as LineageData, NameValue } from "../../api/types";
import { formatRoute } from "../../components/route";
import { whenWithZone } from "../../components/format";
import { Mark } from "../../components/marks";
import css from "./lineage.module.css";
import { words } from "./strings";

const w = words.lineage;

const lineageQuery = (object: string, id: string) => queryOptions({ queryKey: ["records", "lineage", object, id], queryFn: () => call<LineageData>("Records", "Lineage", object, id) });

/** Becomes shows what a record is in the target; each value says where it comes from. */
export function Becomes({ object, id, draft, empty }: { object: string; id: string; draft: NameValue[]; empty: string }) {
  const lineage = useQuery(lineageQuery(object, id));
  const [open, setOpen] = useState("");
  const fields = lineage.data?.fields ?? [];
  if (draft.length === 0 && fields.length === 0) return <p className="soft">{empty}</p>;
  const shown = fields.length > 0 ? fields.filter((f) => !f.empty || f.problem) : [];
  if (shown.length === 0) {
    return (
      <dl className={css.list}>
        {draft.map((d) => (
          <div key={d.name} className={css.line}>
            <dt>{d.name}</dt>
            <dd dir="auto">{d.value}</dd>
          </div>
        ))}
      </dl>
    );
  }
  return (
    <>
      <p className="faint">{w.hint}</p>
      <ul className={css.list}>
        {shown.map((f) => (
          <li key={f.field}>
            <button type="button" className={css.line} aria-expanded={open === f.field} onClick={() => setOpen(open === f.field ? "" : f.field)}>
              <span className={css.name}>{f.title}</span>
              <span className={css.value} dir="auto">
                {f.problem ? <span className={css.held}>{f.problem.what}</span> : valueOf(f, draft)}
              </span>
            </button>
            {open === f.field && lineage.data && <Way of={lineage.data} field={f} object={object} />}
          </li>
        ))}
      </ul>
    </>
  );
}

/** valueOf names a record that a field points to as the draft does; else the value itself. */
function valueOf(f: FieldLineage, draft: NameValue[]): string {
  return draft.find((d) => d.name === f.title)?.value ?? f.value;
}

/** Way is where a value comes from, step by step. */
function Way({ of, field, object }: { of: LineageData; field: FieldLineage; object: string }) {
  return (
    <dl className={css.way} aria-label={w.title(field.title)}>
      {field.sources.map((s) => (
        <div key={s.field}>
          <dt>{w.source(s.title)}</dt>
          <dd>
            <span dir="auto">{s.raw === "" ? w.empty : `“${s.raw}”`}</span>
            {s.corrections.map((c, i) => (
              <p key={i} className="faint">
                {w.corrected(c.title, c.by.name, whenWithZone(c.at))}
              </p>
            ))}
            {s.corrections.length > 0 && <p dir="auto">{`→ “${s.value}”`}</p>}
          </dd>
        </div>
      ))}
      <div>
        <dt>{w.rule}</dt>
        <dd>
          {field.rule} <a href={formatRoute("mapping", [object], { field: field.field })}>{w.open}</a>
          {field.owner !== "" && <p className="faint">{w.owner(field.owner)}</p>}
        </dd>
      </div>
      <div>
        <dt>{w.version}</dt>
        <dd>
          {of.version === 0 ? w.draft : w.versionOf(of.version, of.mapped_by.name, whenWithZone(of.mapped_at))}
          {of.mapped_why !== "" && <p className="faint">{of.mapped_why}</p>}
        </dd>
      </div>
      <div>
        <dt>{w.run}</dt>
        <dd>{of.run === 0 ? w.notSent : w.sent(of.run, whenWithZone(of.sent_at))}</dd>
      </div>
      {field.checked && (
        <div>
          <dt>{w.checked}</dt>
          <dd>
            <Mark tone={field.as_meant ? "pass" : "warn"} size={14}>
              {field.as_meant ? w.asMeant(whenWithZone(field.checked_at)) : w.other(field.found)}
            </Mark>
          </dd>
        </div>
      )}
      {of.changed && <p className="faint">{w.changed}</p>}
    </dl>
  );
}
