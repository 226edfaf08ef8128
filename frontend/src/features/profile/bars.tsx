import type { Figure as FigureData } from "../../api/types";
import { Figure } from "../../components/figure";
import css from "./profile.module.css";

export interface BarRow {
  name: string;
  count: FigureData;
  mono?: boolean;
}

/** BarList is counts by class as bars from zero, each with its figure. */
export function BarList({ rows, what }: { rows: BarRow[]; what: string }) {
  const most = Math.max(1, ...rows.map((r) => r.count.value));
  return (
    <ul className={css.bars}>
      {rows.map((r) => (
        <li key={r.name}>
          <span className={`${css.name} ${r.mono ? "mono" : ""}`} dir="auto">
            {r.name}
          </span>
          <span className={css.track} aria-hidden>
            <span style={{ width: `${(r.count.value / most) * 100}%` }} />
          </span>
          <span className={css.n}>
            <Figure of={r.count} what={`${what}: ${r.name}`} />
          </span>
        </li>
      ))}
    </ul>
  );
}
