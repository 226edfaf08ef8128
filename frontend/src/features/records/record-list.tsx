import { useInfiniteQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, type CSSProperties, type KeyboardEvent } from "react";
import { toProblem } from "../../api/call";
import type { Filter, RecordPage, RecordRow } from "../../api/types";
import { Waiting } from "../../components/ask";
import { Fate } from "../../components/fate";
import { ProblemNote } from "../../components/problem-note";
import { recordQueries } from "./api";
import css from "./records.module.css";
import { words } from "./strings";

const ROW = 36;

/** RecordList shows as many records as there are, only those in sight are in the page. */
export function RecordList(props: {
  filter: Filter;
  columns: string[];
  open: string;
  onOpen: (id: string) => void;
  onPages: (pages: RecordPage[]) => void;
}) {
  const { filter, columns, open, onOpen, onPages } = props;
  const list = useInfiniteQuery(recordQueries.list(filter, columns));
  const pages = list.data?.pages;
  const rows = useMemo<RecordRow[]>(() => pages?.flatMap((p) => p.rows) ?? [], [pages]);
  const shown = pages?.[0]?.columns ?? columns;
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => box.current, estimateSize: () => ROW, overscan: 12 });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;

  useEffect(() => {
    if (pages) onPages(pages);
  }, [pages, onPages]);
  useEffect(() => {
    if (list.hasNextPage && !list.isFetchingNextPage && last >= rows.length - 40) void list.fetchNextPage();
  }, [last, rows.length, list]);

  const at = rows.findIndex((r) => r.id === open);
  const onKeyDown = (e: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, PageDown: 15, PageUp: -15 }[e.key];
    const to = e.key === "Home" ? 0 : e.key === "End" ? rows.length - 1 : step === undefined ? undefined : at + step;
    if (to === undefined) return;
    e.preventDefault();
    const row = rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (row) {
      onOpen(row.id);
      virtual.scrollToIndex(rows.indexOf(row));
    }
  };

  if (list.error && rows.length === 0) return <ProblemNote problem={toProblem(list.error)} onRetry={() => void list.refetch()} />;
  if (!pages) return <Waiting lines={10} />;
  const template = ["minmax(200px, 2fr)", "122px", ...shown.map(() => "minmax(104px, 1fr)"), "minmax(140px, 1fr)"].join(" ");
  const style = { "--columns": template, "--min": `${462 + shown.length * 104}px` } as CSSProperties;
  return (
    <div className={css.box} style={style}>
      <div className={css.scroll} ref={box}>
        <div className={css.head} aria-hidden>
          <span>{words.name}</span>
          <span>{words.fate}</span>
          {shown.map((c) => (
            <span key={c}>{c}</span>
          ))}
          <span>{words.note}</span>
        </div>
        {rows.length === 0 ? (
          <div className={css.none}>
            <h3>{words.none}</h3>
            <p>{words.noneHint}</p>
          </div>
        ) : (
          <div
            className={css.body}
            style={{ height: virtual.getTotalSize() }}
            tabIndex={0}
            role="listbox"
            aria-label={words.title}
            aria-activedescendant={at >= 0 ? `record-${at}` : undefined}
            onKeyDown={onKeyDown}
          >
            {items.map((item) => {
              const r = rows[item.index];
              return r === undefined ? null : (
                <div
                  key={r.id}
                  id={`record-${item.index}`}
                  className={css.line}
                  role="option"
                  aria-selected={r.id === open}
                  style={{ transform: `translateY(${item.start}px)` }}
                  onClick={() => onOpen(r.id)}
                >
                  <span className={css.name} title={r.name} dir="auto">
                    {r.name || r.id}
                  </span>
                  <span title={r.why}>
                    <Fate id={r.fate} size={14} />
                  </span>
                  {shown.map((c, i) => (
                    <span key={c} title={r.cells[i]} dir="auto">
                      {r.cells[i]}
                    </span>
                  ))}
                  <span className={css.why} title={r.why || r.place}>
                    {r.why || r.place}
                  </span>
                </div>
              );
            })}
          </div>
        )}
      </div>
    </div>
  );
}
