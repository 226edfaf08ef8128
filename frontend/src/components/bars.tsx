import { UnstyledButton } from "@mantine/core";
import { useState } from "react";
import type { Bucket } from "../api/types";
import css from "./bars.module.css";
import { Figure } from "./figure";
import { count, percent } from "./format";
import { words } from "./strings";
import tables from "./table.module.css";

/** StackedBar shows parts of a whole; the figures beside it say the same in words, so it is hidden from readers. */
export function StackedBar({ parts }: { parts: { id: string; value: number; color: string }[] }) {
  return (
    <div className={css.stack} aria-hidden>
      {parts
        .filter((p) => p.value > 0)
        .map((p) => (
          <span key={p.id} style={{ flexGrow: p.value, flexBasis: 0, background: p.color }} />
        ))}
    </div>
  );
}

/** ShareBar is a part of a whole with its percentage; what is missing is hatched. */
export function ShareBar({ part, all, label }: { part: number; all: number; label: string }) {
  const share = percent(part, all);
  return (
    <div className={css.share} role="img" aria-label={`${label}: ${share}`}>
      <span className={css.track} aria-hidden>
        <span className={css.fill} style={{ width: all === 0 ? 0 : `${(part / all) * 100}%` }} />
      </span>
      <span className={css.value} aria-hidden>
        {share}
      </span>
    </div>
  );
}

/** ColumnChart draws counts by time or class, with the same numbers as a table one click away. */
export function ColumnChart({ title, buckets }: { title: string; buckets: Bucket[] }) {
  const [asTable, setAsTable] = useState(false);
  const most = Math.max(1, ...buckets.map((b) => b.count.value));
  return (
    <figure>
      <div className="between" style={{ marginBottom: 8 }}>
        <h2 className="small">{title}</h2>
        <UnstyledButton className="faint" onClick={() => setAsTable(!asTable)}>
          {asTable ? words.table.hide : words.table.show}
        </UnstyledButton>
      </div>
      {asTable ? (
        <table className={`${tables.table} ${tables.dense}`}>
          <tbody>
            {buckets.map((b) => (
              <tr key={b.label}>
                <td>{b.label}</td>
                <td className={tables.num}>
                  <Figure of={b.count} what={b.label} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <div role="img" aria-label={`${title}: ${buckets.map((b) => `${b.label} ${count(b.count.value)}`).join(", ")}`}>
          <ul className={css.columns} aria-hidden>
            {buckets.map((b) => (
              <li key={b.label}>
                <span className={css.n}>{b.count.value > 0 ? count(b.count.value) : ""}</span>
                <span className={css.bar} style={{ height: `${(b.count.value / most) * 82}%` }} />
              </li>
            ))}
          </ul>
          <ul className={css.labels} aria-hidden>
            {buckets.map((b) => (
              <li key={b.label}>{b.label}</li>
            ))}
          </ul>
        </div>
      )}
    </figure>
  );
}
