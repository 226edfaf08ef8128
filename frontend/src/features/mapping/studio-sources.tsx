import { IconGripVertical } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { memo, type KeyboardEvent, type RefObject } from "react";
import { queries } from "../../api/queries";
import type { Field, ObjectMapView } from "../../api/types";
import { count, typeTitle } from "../../components/format";
import { titleOf } from "./model";
import type { Spot } from "./studio";
import { sourcesOf } from "./studio-model";
import css from "./studio.module.css";
import { words } from "./strings";

const w = words.studio;

/** SourceList is the source's side: every field with a real value, those that fill nothing last. */
export function SourceList(props: {
  object: ObjectMapView;
  sources: Field[];
  box: RefObject<HTMLDivElement | null>;
  lit: Set<string>;
  picked: string;
  onPick: (name: string, byKeys: boolean) => void;
  onHover: (s: Spot | null) => void;
}) {
  const { object, sources, box, lit, picked, onPick, onHover } = props;
  const values = useValues(object.source);
  const fills = new Map<string, number>();
  for (const f of object.fields) for (const s of sourcesOf(f.map)) fills.set(s, (fills.get(s) ?? 0) + 1);
  return (
    <div className={css.left} ref={box} role="group" aria-label={w.sourceSide(object.source_title)} onKeyDown={walk}>
      <div>
        <div className={css.head}>
          <span>{w.sourceHead(object.source_title)}</span>
          <span className="num">{count(sources.length)}</span>
        </div>
        <ul>
          {sources.map((f) => (
            <Source key={f.name} field={f} value={values.get(f.name) ?? ""} fills={fills.get(f.name) ?? 0} on={lit.has(f.name)} picked={f.name === picked} onPick={onPick} onHover={onHover} />
          ))}
        </ul>
        {sources.length === 0 && <p className={css.none}>{w.noSources}</p>}
      </div>
    </div>
  );
}

/** useValues finds the most frequent value of each source field. */
function useValues(object: string): Map<string, string> {
  const objects = useQuery(queries.objects());
  const fields = objects.data?.find((o) => o.object === object)?.fields ?? [];
  return new Map(fields.map((f) => [f.name, f.top.find((t) => t.value.trim() !== "")?.value ?? ""]));
}

const Source = memo(function Source(props: { field: Field; value: string; fills: number; on: boolean; picked: boolean; onPick: (name: string, byKeys: boolean) => void; onHover: (s: Spot | null) => void }) {
  const { field, value, fills, on, picked, onPick, onHover } = props;
  const spot: Spot = { side: "source", name: field.name };
  return (
    <li>
      <button
        type="button"
        className={css.source}
        data-source={field.name}
        data-on={on}
        data-unused={fills === 0}
        aria-pressed={picked}
        title={value === "" ? typeTitle(field.type) : `${typeTitle(field.type)}: ${value}`}
        draggable
        onDragStart={(e) => {
          e.dataTransfer.setData("text/plain", field.name);
          e.dataTransfer.effectAllowed = "link";
          if (!picked) onPick(field.name, false);
        }}
        onClick={(e) => onPick(field.name, e.detail === 0)}
        onMouseEnter={() => onHover(spot)}
        onMouseLeave={() => onHover(null)}
        onFocus={() => onHover(spot)}
        onBlur={() => onHover(null)}
      >
        <IconGripVertical size={13} aria-hidden className={css.grip} />
        <span className="grow">
          <span className={`${css.sourceName} clip`}>
            {titleOf(field)}
            <span className="hidden-text">{w.sourceFills(fills)}</span>
          </span>
          <span className={`${css.value} clip`} dir="auto">
            {value === "" ? words.nothingIn : value}
          </span>
        </span>
        <span className={css.fills} aria-hidden>
          {fills === 0 ? w.fillsNothing : fills > 1 ? `× ${fills}` : ""}
        </span>
      </button>
    </li>
  );
});

/** walk lets the arrow keys go from one field to the next. */
export function walk(e: KeyboardEvent<HTMLElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[e.key];
  if (step === undefined || e.ctrlKey || e.metaKey || e.altKey) return;
  const all = [...e.currentTarget.querySelectorAll<HTMLElement>("[data-row-link], button[data-source]")];
  const at = all.findIndex((el) => el === document.activeElement);
  if (at < 0) return;
  e.preventDefault();
  all[Math.max(0, Math.min(all.length - 1, at + step))]?.focus();
}
