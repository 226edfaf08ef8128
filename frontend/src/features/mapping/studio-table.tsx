import { Button } from "@mantine/core";
import { memo, type RefObject } from "react";
import type { BeforeAfter, FieldMapView, ObjectMapView } from "../../api/types";
import { Figure } from "../../components/figure";
import { typeTitle } from "../../components/format";
import { Mark } from "../../components/marks";
import { formatRoute } from "../../components/route";
import tables from "../../components/table.module.css";
import css from "./mapping.module.css";
import { stateOf, titleOf } from "./model";
import type { Spot } from "./studio";
import { walk } from "./studio-sources";
import own from "./studio.module.css";
import { words } from "./strings";

const w = words.studio;

/** FieldTable is the target's side: each row a field and its rule as a sentence. */
export function FieldTable(props: {
  object: ObjectMapView;
  route: string[];
  rows: FieldMapView[];
  box: RefObject<HTMLDivElement | null>;
  lit: Set<string>;
  open: string;
  picked: string;
  busy: boolean;
  onAccept: (f: FieldMapView) => void;
  onFill: (target: string, source: string) => void;
  onHover: (s: Spot | null) => void;
}) {
  const { object, route, rows, box, lit, open, picked, busy, onAccept, onFill, onHover } = props;
  return (
    <div className={own.right} ref={box} onKeyDown={walk}>
      <table className={`${tables.table} ${tables.hover} ${css.table}`}>
        <colgroup>
          <col style={{ width: "22%" }} />
          <col style={{ width: "33%" }} />
          <col />
          <col style={{ width: 150 }} />
        </colgroup>
        <thead>
          <tr>
            <th>{words.head.target}</th>
            <th>{w.filledWith}</th>
            <th>{words.head.samples}</th>
            <th>{words.head.state}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((f) => (
            <Row key={f.target.name} route={route} row={f} selected={f.target.name === open} on={lit.has(f.target.name)} picked={picked} busy={busy} onAccept={onAccept} onFill={onFill} onHover={onHover} />
          ))}
          {rows.length === 0 && (
            <tr>
              <td colSpan={4} className="soft">
                {object.fields.length === 0 ? w.noFields : words.done}
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}

const Row = memo(function Row(props: {
  route: string[];
  row: FieldMapView;
  selected: boolean;
  on: boolean;
  picked: string;
  busy: boolean;
  onAccept: (f: FieldMapView) => void;
  onFill: (target: string, source: string) => void;
  onHover: (s: Spot | null) => void;
}) {
  const { route, row, selected, on, picked, busy, onAccept, onFill, onHover } = props;
  const name = row.target.name;
  const spot: Spot = { side: "target", name };
  const proposed = stateOf(row) === "proposed";
  return (
    <tr
      data-target={name}
      data-selected={selected}
      data-on={on}
      data-taking={picked !== ""}
      className={own.row}
      onMouseEnter={() => onHover(spot)}
      onMouseLeave={() => onHover(null)}
      onFocus={() => onHover(spot)}
      onBlur={() => onHover(null)}
      onClick={(e) => {
        if (picked === "" || (e.target instanceof Element && e.target.closest("a, button"))) return;
        onFill(name, picked);
      }}
      onDragOver={(e) => {
        if (picked !== "") e.preventDefault();
      }}
      onDrop={(e) => {
        e.preventDefault();
        const source = e.dataTransfer.getData("text/plain") || picked;
        if (source !== "") onFill(name, source);
      }}
    >
      <td>
        <a
          className={`${tables.open} ${css.target}`}
          data-row-link
          href={formatRoute("mapping", route, { field: name, from: picked })}
          onClick={(e) => {
            if (picked === "") return;
            e.preventDefault();
            onFill(name, picked);
          }}
          onKeyDown={(e) => {
            if (e.key.toLowerCase() !== "a" || e.ctrlKey || e.metaKey || e.altKey || !proposed || busy) return;
            e.preventDefault();
            onAccept(row);
          }}
        >
          {titleOf(row.target)}
        </a>
        <Kind row={row} />
      </td>
      <td>
        {row.problems[0] ? <span className={css.held}>{row.problems[0].what}</span> : <span className={css.rule}>{row.words}</span>}
      </td>
      <td>
        <Samples samples={row.samples} />
      </td>
      <td>
        <State row={row} busy={busy} onAccept={onAccept} />
      </td>
    </tr>
  );
});

/** Kind says whether a field must be filled, else of what type it is. */
export function Kind({ row }: { row: FieldMapView }) {
  return row.target.required === true ? (
    <span className={css.req}>{words.required}</span>
  ) : (
    <span className="faint" style={{ display: "block" }}>
      {typeTitle(row.target.type)}
    </span>
  );
}

/** State is how a row stands, with what can be done about it there and then. */
export function State({ row, busy, onAccept }: { row: FieldMapView; busy: boolean; onAccept: (f: FieldMapView) => void }) {
  const state = stateOf(row);
  return (
    <div className={css.state}>
      {state === "problem" && <Mark tone="fail">{words.state.problem}</Mark>}
      {state === "open" && <Mark tone="warn">{words.state.open}</Mark>}
      {state === "reviewed" && <Mark tone="pass">{words.state.reviewed}</Mark>}
      {state === "proposed" && (
        <>
          <span title={row.map.reason}>
            <Mark tone="note">
              {words.state.proposed} {words.sure(row.map.confidence ?? 0)}
            </Mark>
          </span>
          <Button size="compact-xs" variant="default" disabled={busy} onClick={() => onAccept(row)} aria-label={`${words.acceptOne}: ${titleOf(row.target)}`}>
            {words.acceptOne}
          </Button>
        </>
      )}
      <WouldHold row={row} />
    </div>
  );
}

/** WouldHold counts the records that the last look at all records would hold for this field. */
function WouldHold({ row }: { row: FieldMapView }) {
  const held = row.held;
  if (!held || held.value === 0) return null;
  return (
    <span className={own.wouldHold} title={row.held_why}>
      <Figure of={held} what={w.wouldHoldFor(titleOf(row.target))} /> {w.wouldHold}
    </span>
  );
}

/** distinct shows each value once, those that cannot be changed first. */
export function distinct(samples: BeforeAfter[]): BeforeAfter[] {
  const once = samples.filter((s, i) => samples.findIndex((o) => o.before === s.before) === i);
  return [...once.filter((s) => s.problem), ...once.filter((s) => !s.problem)];
}

/** Samples are real values before and after the rule. */
export function Samples({ samples }: { samples: BeforeAfter[] }) {
  return (
    <div className={css.samples}>
      {distinct(samples)
        .slice(0, 2)
        .map((s, i) => (
          <div key={i} style={{ display: "contents" }}>
            <span className={`${css.before} clip`} title={s.before} dir="auto">
              {s.before || words.nothingIn}
            </span>
            <span className={css.arrow} aria-label={words.editor.after} role="img">
              →
            </span>
            {s.problem ? (
              <span className={`${css.held} clip`} title={s.problem.what}>
                {words.heldWord}
              </span>
            ) : (
              <span className="clip" title={s.after} dir="auto">
                {s.after || <span className="faint">{words.nothingIn}</span>}
              </span>
            )}
          </div>
        ))}
    </div>
  );
}
