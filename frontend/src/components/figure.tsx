import type { Figure as FigureData } from "../api/types";
import css from "./figure.module.css";
import { count } from "./format";
import { recordsRoute } from "./route";
import { words } from "./strings";

/** Figure is any number: written for the person's locale, and a way to the records behind it. */
export function Figure({ of, what }: { of: FigureData; what?: string }) {
  const text = count(of.value);
  const shown = (
    <>
      {!of.exact && <span className={css.about}>{words.about}</span>}
      {text}
    </>
  );
  if (!of.filter || of.value === 0) return <span className={`${css.figure} ${of.value === 0 ? css.zero : ""}`}>{shown}</span>;
  const label = words.openRecords(text, what ?? of.filter.words ?? words.records);
  return (
    <a className={css.figure} href={recordsRoute(of.filter)} title={label} aria-label={label}>
      {shown}
    </a>
  );
}

/** figure makes a number that has no records behind it. */
export function figure(value: number): FigureData {
  return { value, exact: true, filter: null };
}
