import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useQueries, useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState, type CSSProperties, type KeyboardEvent } from "react";
import { toProblem } from "../../api/call";
import { records } from "../../api/services";
import type { Filter, FoundView, RecordPage, RecordRow } from "../../api/types";
import { Waiting } from "../../components/ask";
import { Fate } from "../../components/fate";
import { ProblemNote } from "../../components/problem-note";
import { CHUNK, recordQueries } from "./api";
import { FATE, NAME, sortedBy, withSort } from "./model";
import css from "./records.module.css";
import { words } from "./strings";
import { useSight } from "./window";

const ROW = 36;
const HEAD = 33;

/** RecordList shows as many records as there are, only those in sight are asked for and in the page. */
export function RecordList(props: {
  filter: Filter;
  columns: string[];
  open: string;
  onOpen: (id: string) => void;
  onFilter: (f: Filter) => void;
  /** Called with the first part, and the rows that are in sight. */
  onSeen: (first: RecordPage, rows: RecordRow[]) => void;
}) {
  const { filter, columns, open, onOpen, onFilter, onSeen } = props;
  const start = useQuery(recordQueries.chunk(filter, columns, 0));
  const first = start.data;
  const total = first?.total.value ?? 0;
  const shown = first?.columns ?? columns;
  const box = useRef<HTMLDivElement>(null);
  const seen = useSight(box, total, ROW, HEAD);
  const chunks: number[] = [];
  for (let n = Math.floor(seen.first / CHUNK); n <= Math.floor(Math.max(seen.last, 0) / CHUNK); n++) chunks.push(n);
  const parts = useQueries({ queries: chunks.map((n) => ({ ...recordQueries.chunk(filter, columns, n), enabled: first !== undefined })) });
  const row = (i: number): RecordRow | undefined => parts[chunks.indexOf(Math.floor(i / CHUNK))]?.data?.rows[i % CHUNK];
  const items: number[] = [];
  for (let i = seen.first; i <= seen.last; i++) items.push(i);
  const loaded = items.map(row).filter((r) => r !== undefined);

  const mark = loaded.map((r) => r.id).join("\n");
  useEffect(() => {
    if (first) onSeen(first, loaded);
    // The rows in sight are those of mark.
  }, [first, mark, onSeen]); // eslint-disable-line react-hooks/exhaustive-deps

  // The chosen record's place: known once it was in sight, else asked for, once for each list.
  const [place, setPlace] = useState({ id: "", at: -1 });
  const here = items.find((i) => row(i)?.id === open);
  const at = here ?? (place.id === open ? place.at : -1);
  const list = JSON.stringify({ ...filter, words: undefined });
  const { show } = seen;
  useEffect(() => {
    // Another list begins at its beginning, or at the record that is open.
    if (open === "" && box.current) box.current.scrollTop = 0;
  }, [list]); // eslint-disable-line react-hooks/exhaustive-deps
  useEffect(() => {
    if (open === "" || first === undefined || here !== undefined) return;
    let wanted = true;
    records.find(filter, open).then(
      (i) => {
        if (!wanted || i < 0) return;
        setPlace({ id: open, at: i });
        show(i);
      },
      () => undefined, // it is not in this list: nothing to show
    );
    return () => {
      wanted = false;
    };
    // Only when another list comes: scrolling away from a record is not undone.
  }, [list, first !== undefined]); // eslint-disable-line react-hooks/exhaustive-deps

  // A record that is gone to by keys may have to be fetched first.
  const [going, setGoing] = useState<number | undefined>();
  const goal = going === undefined ? undefined : row(going);
  useEffect(() => {
    if (goal && going !== undefined) {
      setGoing(undefined);
      setPlace({ id: goal.id, at: going });
      onOpen(goal.id);
    }
  }, [goal, going, onOpen]);
  const onKeyDown = (e: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, PageDown: 15, PageUp: -15 }[e.key];
    const to = e.key === "Home" ? 0 : e.key === "End" ? total - 1 : step === undefined ? undefined : (going ?? at) + step;
    if (to === undefined || total === 0) return;
    e.preventDefault();
    const next = Math.max(0, Math.min(total - 1, to));
    setGoing(next);
    show(next);
  };

  if (start.error && !first) return <ProblemNote problem={toProblem(start.error)} onRetry={() => void start.refetch()} />;
  if (!first) return <Waiting lines={10} />;
  const searching = Boolean(filter.text);
  const last = searching ? 320 : 140;
  const template = ["minmax(200px, 2fr)", "122px", ...shown.map(() => "minmax(104px, 1fr)"), `minmax(${last}px, ${searching ? 4 : 1}fr)`].join(" ");
  const style = { "--columns": template, "--min": `${322 + last + shown.length * 104}px` } as CSSProperties;
  const head = (field: string, title: string, can: boolean) => <Head key={field} title={title} can={can} filter={filter} field={field} onFilter={onFilter} />;
  return (
    <div className={css.box} style={style}>
      <div className={css.scroll} ref={box}>
        <div className={css.head}>
          {head(NAME, words.name, true)}
          {head(FATE, words.fate, true)}
          {shown.map((c, i) => head(c, c, first.sortable[i] ?? false))}
          <span>{searching ? words.foundIn : words.note}</span>
        </div>
        {total === 0 ? (
          <div className={css.none}>
            <h3>{words.none}</h3>
            <p>{words.noneHint}</p>
          </div>
        ) : (
          <div
            className={css.body}
            style={{ height: seen.height }}
            tabIndex={0}
            role="listbox"
            aria-label={words.title}
            aria-activedescendant={here !== undefined ? `record-${here}` : undefined}
            onKeyDown={onKeyDown}
          >
            {items.map((i) => {
              const r = row(i);
              return r === undefined ? null : (
                <div
                  key={i}
                  id={`record-${i}`}
                  className={css.line}
                  role="option"
                  aria-selected={r.id === open}
                  aria-posinset={i + 1}
                  aria-setsize={total}
                  style={{ transform: `translateY(${seen.top(i)}px)` }}
                  onClick={() => {
                    setPlace({ id: r.id, at: i });
                    onOpen(r.id);
                  }}
                >
                  <span className={css.name} title={r.name} dir="auto">
                    {r.name || r.id}
                  </span>
                  <span title={r.why}>
                    <Fate id={r.fate} size={14} />
                  </span>
                  {shown.map((c, k) => (
                    <span key={c} title={r.cells[k]} dir="auto">
                      {r.cells[k]}
                    </span>
                  ))}
                  {searching ? (
                    <Found found={r.found} />
                  ) : (
                    <span className={css.why} title={r.why || r.place}>
                      {r.why || r.place}
                    </span>
                  )}
                </div>
              );
            })}
          </div>
        )}
      </div>
    </div>
  );
}

/** Found says where the words stand that were looked for, with some of the text around them. */
function Found({ found }: { found: FoundView | null }) {
  if (!found) return <span />;
  const where = [found.record, found.field].filter((s) => s !== "").join(", ");
  return (
    <span className={css.found} title={`${where}: ${found.parts.map((p) => p.text).join("")}`} dir="auto">
      <b>{where}</b>
      {found.parts.map((p, i) => (p.mark ? <mark key={i}>{p.text}</mark> : <span key={i}>{p.text}</span>))}
    </span>
  );
}

/** Head is the title of a column; where the list can be sorted by it, a button. */
function Head({ title, can, field, filter, onFilter }: { title: string; can: boolean; field: string; filter: Filter; onFilter: (f: Filter) => void }) {
  if (!can) return <span>{title}</span>;
  const by = sortedBy(filter, field);
  const say = by === undefined ? words.sortBy(title) : by.desc ? words.sortedDown(title) : words.sortedUp(title);
  return (
    <span>
      <button type="button" className={css.sort} aria-label={say} title={say} onClick={() => onFilter(withSort(filter, field))}>
        <span className="clip">{title}</span>
        {by && (by.desc ? <IconArrowDown size={13} aria-hidden /> : <IconArrowUp size={13} aria-hidden />)}
      </button>
    </span>
  );
}
