import type { FieldView } from "../../api/types";
import { ShareBar } from "../../components/bars";
import { Figure } from "../../components/figure";
import { count, typeTitle } from "../../components/format";
import { SidePanel } from "../../components/page";
import { formatRoute } from "../../components/route";
import tables from "../../components/table.module.css";
import css from "./inventory.module.css";
import { words } from "./strings";

/** FieldPanel is the profile of one field in full. */
export function FieldPanel({ object, field, rows, onClose }: { object: string; field: FieldView; rows: number; onClose: () => void }) {
  const f = field;
  return (
    <SidePanel title={f.name} sub={<p className="faint">{typeTitle(f.type)}</p>} onClose={onClose}>
      <div className="stack">
        <ShareBar part={f.filled.value} all={rows} label={words.filled} />
        <a href={formatRoute("profile", [object, f.name])}>{words.facts}</a>
        <dl className={css.dl}>
          <dt>{words.filled}</dt>
          <dd>
            <Figure of={f.filled} />
          </dd>
          <dt>{words.empty_}</dt>
          <dd>
            <Figure of={f.empty} />
          </dd>
          <dt>{words.blank}</dt>
          <dd>
            <Figure of={f.blank} />
          </dd>
          <dt>{words.distinct}</dt>
          <dd>
            <Figure of={f.distinct} />
          </dd>
          <dt>{words.shortest}</dt>
          <dd>
            {count(f.shortest)} {words.characters}
          </dd>
          <dt>{words.longest}</dt>
          <dd>
            {count(f.longest)} {words.characters}
          </dd>
          {f.min !== "" && (
            <>
              <dt>{words.first}</dt>
              <dd>{f.min}</dd>
              <dt>{words.last}</dt>
              <dd>{f.max}</dd>
            </>
          )}
          {f.format !== "" && (
            <>
              <dt>{words.format}</dt>
              <dd className="mono">{f.format}</dd>
            </>
          )}
        </dl>
        {f.top.length > 0 && (
          <div>
            <h3>{words.values}</h3>
            <table className={`${tables.table} ${tables.dense}`}>
              <thead>
                <tr>
                  <th>{words.value}</th>
                  <th className={tables.num}>{words.countWord}</th>
                </tr>
              </thead>
              <tbody>
                {f.top.map((t) => (
                  <tr key={t.value}>
                    <td style={{ overflowWrap: "anywhere" }}>{t.value}</td>
                    <td className={tables.num}>
                      <Figure of={t.count} what={`${f.name}: ${t.value}`} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </div>
    </SidePanel>
  );
}
