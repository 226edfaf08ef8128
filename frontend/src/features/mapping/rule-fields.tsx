import { Button, Checkbox, MultiSelect, NumberInput, SegmentedControl, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Dispatch } from "react";
import { queries } from "../../api/queries";
import type { Field, FieldMap, LookupRule, ObjectMapView, SplitRule } from "../../api/types";
import { count } from "../../components/format";
import { Mark } from "../../components/marks";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute } from "../../components/route";
import { usePageJob } from "../../components/use-page-job";
import { mapQueries, studio } from "./api";
import { FormulaEditor } from "./formula-editor";
import css from "./mapping.module.css";
import { titleOf, type Edit } from "./model";
import { PEOPLE } from "./parts";
import own from "./rule.module.css";
import { words } from "./strings";
import { ValueList } from "./value-list";

const w = words.editor;

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

/** RuleFields asks what a rule of its kind needs to know. */
export function RuleFields({ object, map, target, onEdit }: { object: ObjectMapView; map: FieldMap; target: Field; onEdit: Dispatch<Edit> }) {
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
          <ValueList object={object.id} source={object.source} map={map} target={target} onEdit={onEdit} />
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
      return <FormulaEditor object={object.source} label={w.formula} hint={w.formulaHint} value={map.formula ?? ""} onChange={(formula) => onEdit({ do: "set", change: { formula } })} />;
    case "split":
      return (
        <>
          {source}
          <SplitFields map={map} onEdit={onEdit} />
        </>
      );
    case "look_up":
      return (
        <>
          {source}
          <LookupFields object={object} map={map} onEdit={onEdit} />
        </>
      );
    case "people":
      return (
        <>
          {source}
          <p className="faint">
            {w.peopleHint} <a href={formatRoute("mapping", [PEOPLE])}>{w.peopleLink}</a>
          </p>
        </>
      );
    case "leave_out":
      return null;
  }
}

const s = words.split;
const USUAL: SplitRule = { how: "text", by: ",", part: 1 };

function SplitFields({ map, onEdit }: { map: FieldMap; onEdit: Dispatch<Edit> }) {
  const split = map.split ?? USUAL;
  const set = (change: Partial<SplitRule>) => onEdit({ do: "set", change: { split: { ...split, ...change } } });
  return (
    <div className="stack-tight">
      <SegmentedControl aria-label={s.how} data={Object.entries(s.ways).map(([value, label]) => ({ value, label }))} value={split.how} onChange={(how) => set({ how: how as SplitRule["how"] })} />
      {split.how === "position" ? (
        <div className={own.ask}>
          <NumberInput label={s.from} min={1} allowDecimal={false} value={split.from ?? 1} onChange={(v) => set({ from: Number(v) || 1 })} />
          <NumberInput label={s.to} description={s.toHint} min={0} allowDecimal={false} value={split.to ?? 0} onChange={(v) => set({ to: Number(v) || 0 })} />
        </div>
      ) : (
        <>
          <div className={own.ask}>
            <TextInput label={split.how === "text" ? s.by : s.pattern} classNames={{ input: css.mono }} value={split.by ?? ""} onChange={(e) => set({ by: e.currentTarget.value })} />
            <Select label={s.part} data={Object.entries(s.parts).map(([value, label]) => ({ value, label }))} value={String(split.part ?? 0)} allowDeselect={false} onChange={(v) => v !== null && set({ part: Number(v) })} />
          </div>
          {(split.part ?? 0) !== 0 && <Checkbox label={(split.part ?? 0) > 0 ? s.rest : s.before} checked={split.rest ?? false} onChange={(e) => set({ rest: e.currentTarget.checked })} />}
        </>
      )}
    </div>
  );
}

const l = words.lookUp;
const BY_LINK = "\u0000link";

function LookupFields({ object, map, onEdit }: { object: ObjectMapView; map: FieldMap; onEdit: Dispatch<Edit> }) {
  const view = useQuery(mapQueries.view());
  const tables = useQuery(mapQueries.tables());
  const bring = usePageJob(studio.importTable, ["lookup"], (job) => job.state === "done" && job.result !== "" && onEdit({ do: "set", change: { look_up: { table: job.result, value: "" } } }));
  const rule: LookupRule = map.look_up ?? { value: "" };
  const set = (change: Partial<LookupRule>) => onEdit({ do: "set", change: { look_up: { ...rule, ...change } } });
  const objects = (view.data?.objects ?? []).filter((o, i, all) => all.findIndex((x) => x.source === o.source) === i);
  const table = rule.table !== undefined && rule.table !== "";
  const place = table ? `table ${rule.table ?? ""}` : rule.object !== undefined && rule.object !== "" ? `object ${rule.object}` : null;
  const columns = table
    ? (tables.data?.find((t) => t.name === rule.table)?.columns ?? [])
    : (objects.find((o) => o.source === rule.object)?.source_fields ?? []).map((f) => ({ value: f.name, label: titleOf(f) }));
  const from = object.source_fields.find((f) => f.name === map.sources?.[0]);
  const byLink = !table && from?.type === "link" && place !== null;
  return (
    <div className="stack-tight">
      <div className={own.three}>
        <Select
          label={l.place}
          placeholder={l.choose}
          searchable
          data={[
            { group: l.tables, items: (tables.data ?? []).map((t) => ({ value: `table ${t.name}`, label: t.name })) },
            { group: l.objects, items: objects.map((o) => ({ value: `object ${o.source}`, label: o.source_title })) },
          ]}
          value={place}
          allowDeselect={false}
          onChange={(v) => {
            if (v === null) return;
            const name = v.slice(v.indexOf(" ") + 1);
            onEdit({ do: "set", change: { look_up: v.startsWith("table ") ? { table: name, value: "" } : { object: name, value: "" } } });
          }}
        />
        <Select
          label={l.key}
          placeholder={l.choose}
          searchable
          data={[...(byLink ? [{ value: BY_LINK, label: l.byLink }] : []), ...columns]}
          value={rule.key !== undefined && rule.key !== "" ? rule.key : byLink ? BY_LINK : null}
          allowDeselect={false}
          onChange={(v) => v !== null && set({ key: v === BY_LINK ? "" : v })}
        />
        <Select label={l.value} placeholder={l.choose} searchable data={columns} value={rule.value === "" ? null : rule.value} allowDeselect={false} onChange={(v) => v !== null && set({ value: v })} />
      </div>
      <div className="row">
        <Button size="compact-sm" variant="default" loading={bring.active} onClick={() => bring.start.run()}>
          {l.bring}
        </Button>
        <Misses object={object.id} field={map.sources?.[0] ?? ""} rule={rule} />
      </div>
      {bring.start.problem && <ProblemNote problem={bring.start.problem} />}
      {bring.job?.error && <ProblemNote problem={bring.job.error} />}
    </div>
  );
}

/** Misses says how much a look-up does not find. */
function Misses({ object, field, rule }: { object: string; field: string; rule: LookupRule }) {
  const misses = useQuery(mapQueries.misses(object, field, rule));
  if (!misses.data) return null;
  const most = misses.data.slice(0, 3).map((m) => m.value || words.nothingIn);
  return misses.data.length === 0 ? (
    <Mark tone="pass" size={14}>
      {l.allFound}
    </Mark>
  ) : (
    <span title={most.join(", ")}>
      <Mark tone="warn" size={14}>
        {l.misses(count(misses.data.length), count(misses.data.reduce((n, m) => n + m.count, 0)))}
      </Mark>
    </span>
  );
}
