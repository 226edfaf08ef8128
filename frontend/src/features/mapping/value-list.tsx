import { Button, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Field, FieldMap, ValuePair } from "../../api/types";
import { Waiting } from "../../components/ask";
import { count } from "../../components/format";
import { Mark } from "../../components/marks";
import { mapQueries } from "./api";
import css from "./mapping.module.css";
import { undecided, type Edit } from "./model";
import { words } from "./strings";

const w = words.values;
// A choice of the target can hold any text; these two cannot be typed.
const EMPTY = "\u0000empty";
const SHOWN = 200;

/** ValueList says for each value of the source what it becomes, the most frequent first. */
export function ValueList({ object, map, target, onEdit }: { object: string; map: FieldMap; target: Field; onEdit: (e: Edit) => void }) {
  const source = map.sources?.[0] ?? "";
  const counts = useQuery(mapQueries.counts(object, source));
  const [all, setAll] = useState(false);
  const known = counts.data;
  useEffect(() => {
    if (known) onEdit({ do: "count", counts: known });
    // Once for each answer: the reducer keeps what was decided.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [known]);
  if (source === "") return null;
  if (counts.isPending) return <Waiting lines={4} />;
  const open = undecided(map);
  const values = map.values ?? [];
  const options = target.options ?? [];
  const proposals = values.filter((v) => v.decided !== true && v.to !== "").length;
  return (
    <div className="stack-tight">
      <div className="between">
        <h3>{w.title}</h3>
        {open.values > 0 ? (
          <Mark tone="warn" size={14}>
            {w.undecided(open.values, count(open.records))}
          </Mark>
        ) : (
          <Mark tone="pass" size={14}>
            {w.allDecided}
          </Mark>
        )}
      </div>
      <div className={css.values}>
        <div className={`${css.line} ${css.lineHead}`}>
          <span>{w.head.from}</span>
          <span className="num">{w.head.count}</span>
          <span>{w.head.to}</span>
        </div>
        {(all ? values : values.slice(0, SHOWN)).map((v) => (
          <Line key={v.from} pair={v} options={options} onChange={(to) => onEdit({ do: "value", from: v.from, to })} />
        ))}
      </div>
      <div className="row">
        {proposals > 0 && (
          <Button size="compact-sm" variant="light" onClick={() => onEdit({ do: "take" })}>
            {w.take(proposals)}
          </Button>
        )}
        {options.length > 0 && open.values > 0 && (
          <Button size="compact-sm" variant="default" onClick={() => onEdit({ do: "same", options: options.map((o) => o.value) })}>
            {w.keepAsIs}
          </Button>
        )}
        {!all && values.length > SHOWN && (
          <Button size="compact-sm" variant="default" onClick={() => setAll(true)}>
            {count(values.length)}
          </Button>
        )}
      </div>
    </div>
  );
}

function Line({ pair, options, onChange }: { pair: ValuePair; options: { value: string; title?: string }[]; onChange: (to: string) => void }) {
  const decided = pair.decided === true;
  const label = w.to(pair.from);
  const known = options.some((o) => o.value === pair.to);
  return (
    <div className={css.line} data-open={!decided}>
      <span className={css.from} dir="auto">
        {pair.from === "" ? <span className="faint">{words.nothingIn}</span> : pair.from}
      </span>
      <span className="num">{count(pair.count ?? 0)}</span>
      {options.length > 0 ? (
        <Select
          size="xs"
          aria-label={label}
          placeholder={pair.to === "" ? w.open : w.proposed(options.find((o) => o.value === pair.to)?.title || pair.to)}
          searchable
          data={[
            ...options.map((o) => ({ value: o.value, label: o.title !== undefined && o.title !== "" ? o.title : o.value })),
            ...(!known && pair.to !== "" ? [{ value: pair.to, label: pair.to }] : []),
            { value: EMPTY, label: w.empty },
          ]}
          // A proposal is not a decision: it is shown, and becomes one by choosing it.
          value={!decided ? null : pair.to === "" ? EMPTY : pair.to}
          allowDeselect={false}
          onChange={(v) => v !== null && onChange(v === EMPTY ? "" : v)}
          comboboxProps={{ withinPortal: true }}
        />
      ) : (
        <TextInput size="xs" aria-label={label} placeholder={decided ? w.empty : w.open} value={pair.to} onChange={(e) => onChange(e.currentTarget.value)} />
      )}
    </div>
  );
}
