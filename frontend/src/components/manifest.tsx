import { Tooltip } from "@mantine/core";
import { IconCircleCheck, IconEqual, IconEqualNot } from "@tabler/icons-react";
import { Fragment } from "react";
import type { Figure as FigureData, ManifestRow } from "../api/types";
import { StackedBar } from "./bars";
import { FATES, type FateID } from "./fate";
import { Figure } from "./figure";
import { count } from "./format";
import css from "./manifest.module.css";
import { words } from "./strings";

const w = words.manifest;

function part(row: ManifestRow, fate: FateID): FigureData {
  return row[fate];
}

/** addsUp is the bookkeeper's rule, checked here once more: every record is in exactly one place. */
export function addsUp(row: ManifestRow): boolean {
  return row.source.value === FATES.reduce((sum, f) => sum + part(row, f.id).value, 0);
}

/** accountOf says how far the account of a row is. */
export function accountOf(row: ManifestRow): "balances" | "adds" | "broken" {
  if (!row.adds || !addsUp(row)) return "broken";
  return row.balances ? "balances" : "adds";
}

/** equation is the row as a sentence, for readers and for copying. */
export function equation(row: ManifestRow): string {
  const parts = FATES.filter((f) => part(row, f.id).value > 0 || f.id === "moved").map(
    (f) => `${count(part(row, f.id).value)} ${f.word.toLowerCase()}`,
  );
  return w.sum(row.title, count(row.source.value), parts.join(" + "));
}

function Mark({ row }: { row: ManifestRow }) {
  const state = accountOf(row);
  const [Icon, word, hint] = {
    balances: [IconCircleCheck, w.balances, w.balancesHint] as const,
    adds: [IconEqual, w.adds, w.addsHint] as const,
    broken: [IconEqualNot, w.broken, w.brokenHint] as const,
  }[state];
  return (
    <Tooltip label={hint} multiline w={260} withArrow>
      <span className={css.mark} data-state={state}>
        <Icon size={16} aria-hidden />
        {word}
      </span>
    </Tooltip>
  );
}

/** Manifest is the account of the move: each row an equation, each figure a way to its records. */
export function Manifest({ rows }: { rows: ManifestRow[] }) {
  const gone = rows
    .filter((r) => r.erased > 0)
    .map((r) => `${r.title} ${count(r.erased)}`)
    .join(", ");
  return (
    <div className={css.wrap}>
      <table className={css.table}>
        <caption className="hidden-text">{w.caption}</caption>
        <thead>
          <tr>
            <th scope="col">{w.object}</th>
            <th scope="col">{w.source}</th>
            {FATES.map((f) => (
              <Fragment key={f.id}>
                <td aria-hidden />
                <th scope="col">
                  <span className={css.head}>
                    <f.icon size={14} aria-hidden color={f.text} />
                    {f.word}
                  </span>
                </th>
              </Fragment>
            ))}
            <th scope="col" className={css.gap}>
              {w.target}
            </th>
            <th scope="col">{w.balance}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Fragment key={row.object}>
              <tr className={css.row}>
                <th scope="row">{row.title}</th>
                <td className={css.source}>
                  <Figure of={row.source} />
                </td>
                {FATES.map((f, i) => (
                  <Fragment key={f.id}>
                    <td className={css.op} aria-hidden>
                      {i === 0 ? "=" : "+"}
                    </td>
                    <td>
                      <Figure of={part(row, f.id)} />
                    </td>
                  </Fragment>
                ))}
                <td className={css.gap}>
                  <Figure of={row.target} />
                </td>
                <td>
                  <Mark row={row} />
                </td>
              </tr>
              <tr className={css.bar} aria-hidden>
                <td colSpan={FATES.length * 2 + 4}>
                  <StackedBar parts={FATES.map((f) => ({ id: f.id, value: part(row, f.id).value, color: f.color }))} />
                </td>
              </tr>
            </Fragment>
          ))}
        </tbody>
      </table>
      {gone !== "" && <p className="soft">{w.erased(gone)}</p>}
    </div>
  );
}
