import type { ProofView } from "../../api/types";
import { count } from "../../components/format";
import { Mark } from "../../components/marks";
import tables from "../../components/table.module.css";
import css from "./run.module.css";
import { words } from "./strings";

const w = words.proof;

/** Proof shows that a rollback reached just as far as its run did. */
export function Proof({ proof: p }: { proof: ProofView }) {
  const whole = p.absent === p.deleted;
  const differs = p.source.filter((s) => s.before !== s.after);
  return (
    <div className="stack-tight">
      <h3>{w.title}</h3>
      <Mark tone={whole ? "pass" : "fail"}>{whole ? w.absentAll(count(p.deleted)) : w.absent(count(p.absent), count(p.deleted))}</Mark>
      <Mark tone={p.source_untouched ? "pass" : "fail"}>{p.source_untouched ? w.untouched : w.touched}</Mark>
      {p.kept > 0 && (
        <>
          <Mark tone="warn">{w.kept(count(p.kept))}</Mark>
          <p className="soft">{w.keptBody}</p>
          <ul className={css.kept}>
            {p.kept_list.map((k, i) => (
              <li key={i}>{k}</li>
            ))}
            {p.kept > p.kept_list.length && <li className="faint">{w.keptMore(count(p.kept - p.kept_list.length))}</li>}
          </ul>
        </>
      )}
      <div className={css.proofTables}>
        {p.source.length > 0 && (
          <table className={`${tables.table} ${tables.dense}`}>
            <thead>
              <tr>
                <th>{w.sourceTitle}</th>
                <th>{w.before}</th>
                <th>{w.after}</th>
              </tr>
            </thead>
            <tbody>
              {p.source.map((s) => (
                <tr key={s.name} data-differs={differs.includes(s)}>
                  <th scope="row">{s.name}</th>
                  <td className="mono" title={s.before}>
                    {short(s.before)}
                  </td>
                  <td className="mono" title={s.after}>
                    {short(s.after)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <table className={`${tables.table} ${tables.dense}`}>
          <thead>
            <tr>
              <th>{w.target}</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {p.target.map((t) => (
              <tr key={t.name}>
                <th scope="row">{t.name}</th>
                <td className={tables.num}>{t.value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

/** short cuts a fingerprint to what eyes can compare. */
function short(s: string): string {
  return s.length > 14 ? `${s.slice(0, 12)}…` : s;
}
