import { ActionIcon, Button, Checkbox, Menu, Select, TextInput } from "@mantine/core";
import { IconDots, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { toProblem } from "../../api/call";
import type { Choice, Field, FieldMap, ValuePair } from "../../api/types";
import { Waiting } from "../../components/ask";
import { useDo } from "../../components/do";
import { count } from "../../components/format";
import { Mark } from "../../components/marks";
import { ProblemNote } from "../../components/problem-note";
import { recordsRoute } from "../../components/route";
import { useSight } from "../../components/window";
import { mapQueries, studio } from "./api";
import css from "./mapping.module.css";
import { undecided, type Edit } from "./model";
import { words } from "./strings";

const w = words.values;
// A choice of the target can hold any text; these two cannot be typed.
const EMPTY = "\u0000empty";
const ROW = 40;
const HEAD = 31;

/** ValueList says for each value of the source what it becomes; only the lines in sight are drawn, so that 5,000 are no burden. */
export function ValueList({ object, source: owner, map, target, onEdit }: { object: string; source: string; map: FieldMap; target: Field; onEdit: (e: Edit) => void }) {
  const source = map.sources?.[0] ?? "";
  const list = useQuery(mapQueries.values(object, map));
  const [search, setSearch] = useState("");
  const [openOnly, setOpenOnly] = useState(false);
  const known = list.data;
  useEffect(() => {
    if (known) onEdit({ do: "list", lines: known.lines });
    // Once for each answer: the reducer keeps what was decided.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [known]);
  const create = useDo(async (option: string, from: string) => {
    await studio.createOption(object, target.name, option);
    onEdit({ do: "value", from, to: option });
  });
  const box = useRef<HTMLDivElement>(null);
  const values = useMemo(() => {
    const s = search.trim().toLowerCase();
    return (map.values ?? []).filter((v) => (!openOnly || v.decided !== true) && (s === "" || v.from.toLowerCase().includes(s) || v.to.toLowerCase().includes(s)));
  }, [map.values, search, openOnly]);
  const seen = useSight(box, values.length, ROW, HEAD);
  if (source === "") return null;
  if (list.error && !known) return <ProblemNote problem={toProblem(list.error)} onRetry={() => void list.refetch()} />;
  if (!known) return <Waiting lines={4} />;
  const open = undecided(map);
  const options = target.options ?? [];
  const proposals = (map.values ?? []).filter((v) => v.decided !== true && v.to !== "").length;
  const items: ValuePair[] = [];
  for (let i = seen.first; i <= seen.last; i++) {
    const v = values[i];
    if (v) items.push(v);
  }
  return (
    <div className="stack-tight">
      <div className="between">
        <h3>{w.title}</h3>
        {open.values > 0 ? (
          <Mark tone="warn" size={14}>
            {w.undecided(count(open.values), open.values === 1, count(open.records))}
          </Mark>
        ) : (
          <Mark tone="pass" size={14}>
            {w.allDecided}
          </Mark>
        )}
      </div>
      {create.problem && <ProblemNote problem={create.problem} />}
      {(map.values ?? []).length > 12 && (
        <div className="row">
          <TextInput size="xs" className="grow" aria-label={w.find} placeholder={w.find} leftSection={<IconSearch size={13} />} value={search} onChange={(e) => setSearch(e.currentTarget.value)} />
          <Checkbox size="xs" label={w.openOnly} checked={openOnly} onChange={(e) => setOpenOnly(e.currentTarget.checked)} />
        </div>
      )}
      <div className={css.values} ref={box} role="table" aria-label={w.title} aria-rowcount={values.length + 1}>
        <div className={`${css.line} ${css.lineHead}`} role="row">
          <span role="columnheader">{w.head.from}</span>
          <span role="columnheader" className="num">
            {w.head.count}
          </span>
          <span role="columnheader">{w.head.to}</span>
          <span role="columnheader" className="hidden-text">
            {w.more}
          </span>
        </div>
        <div role="rowgroup" style={{ height: seen.height, position: "relative" }}>
          {items.map((v, i) => (
            <div key={v.from} className={css.line} role="row" aria-rowindex={seen.first + i + 2} data-open={v.decided !== true} style={{ position: "absolute", left: 0, right: 0, height: ROW, top: 0, transform: `translateY(${seen.top(seen.first + i)}px)` }}>
              <Line
                pair={v}
                options={options}
                href={known.opens ? recordsRoute({ object: owner, field: source, op: "equals", value: v.from, words: w.records(v.from) }) : ""}
                canCreate={known.can_create}
                keeps={map.keep !== undefined}
                busy={create.busy}
                onCreate={() => create.run(v.from, v.from)}
                onEdit={onEdit}
              />
            </div>
          ))}
        </div>
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
        <span className="faint">{w.total(count(known.lines.length))}</span>
      </div>
    </div>
  );
}

function Line(props: { pair: ValuePair; options: Choice[]; href: string; canCreate: boolean; keeps: boolean; busy: boolean; onCreate: () => void; onEdit: (e: Edit) => void }) {
  const { pair, options, href, canCreate, keeps, busy, onCreate, onEdit } = props;
  const decided = pair.decided === true;
  const label = w.to(pair.from);
  const known = pair.to === "" || options.some((o) => o.value === pair.to);
  const titleOfChoice = (value: string) => {
    const title = options.find((o) => o.value === value)?.title;
    return title !== undefined && title !== "" ? title : value;
  };
  const sure = (pair.confidence ?? 0) > 0 ? `${words.sure(pair.confidence ?? 0)} ${pair.reason ?? ""}` : "";
  return (
    <>
      <span role="cell" className={`${css.from} clip`} dir="auto" title={pair.from}>
        {pair.from === "" ? <span className="faint">{words.nothingIn}</span> : pair.from}
      </span>
      <span role="cell" className="num">
        {href === "" || (pair.count ?? 0) === 0 ? (
          count(pair.count ?? 0)
        ) : (
          <a href={href} aria-label={w.open1(count(pair.count ?? 0), pair.from)}>
            {count(pair.count ?? 0)}
          </a>
        )}
      </span>
      <span role="cell" title={decided ? "" : sure}>
        {options.length > 0 ? (
          <Select
            size="xs"
            aria-label={label}
            placeholder={pair.to === "" ? w.open : w.proposed(titleOfChoice(pair.to))}
            searchable
            data={[
              ...options.map((o) => ({ value: o.value, label: titleOfChoice(o.value) })),
              ...(!known ? [{ value: pair.to, label: w.lacks(pair.to) }] : []),
              { value: EMPTY, label: w.empty },
            ]}
            // A proposal is not a decision: it is shown, and becomes one by choosing it.
            value={!decided ? null : pair.to === "" ? EMPTY : pair.to}
            allowDeselect={false}
            error={decided && !known}
            onChange={(v) => v !== null && onEdit({ do: "value", from: pair.from, to: v === EMPTY ? "" : v })}
            comboboxProps={{ withinPortal: true }}
          />
        ) : (
          <TextInput size="xs" aria-label={label} placeholder={decided ? w.empty : w.open} value={pair.to} onChange={(e) => onEdit({ do: "value", from: pair.from, to: e.currentTarget.value })} />
        )}
      </span>
      <span role="cell">
        {(options.length > 0 || keeps) && pair.from !== "" && (
          <Menu position="bottom-end" withArrow withinPortal>
            <Menu.Target>
              <ActionIcon size="sm" variant="subtle" color="gray" aria-label={w.moreFor(pair.from)} loading={busy}>
                <IconDots size={15} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              {options.length > 0 && !options.some((o) => o.value === pair.from) && (
                <Menu.Item onClick={canCreate ? onCreate : () => onEdit({ do: "value", from: pair.from, to: pair.from })}>{canCreate ? w.create(pair.from) : w.toSetUp(pair.from)}</Menu.Item>
              )}
              {keeps && (
                <Menu.Item role="menuitemcheckbox" aria-checked={pair.keep === true} onClick={() => onEdit({ do: "keep", from: pair.from, keep: pair.keep !== true })}>
                  {pair.keep === true ? w.keepNot : w.keepWord}
                </Menu.Item>
              )}
              <Menu.Item onClick={() => onEdit({ do: "value", from: pair.from, to: "" })}>{w.empty}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </span>
    </>
  );
}
