import type { FieldCheck, FieldMap, FieldMapView, ObjectMapView } from "../../api/types";
import { count, typeTitle } from "../../components/format";
import { formatRoute } from "../../components/route";
import tables from "../../components/table.module.css";
import css from "./mapping.module.css";
import { titleOf } from "./model";
import { nameIn, sourcesOf } from "./studio-model";
import { Samples, State } from "./studio-table";
import own from "./studio.module.css";
import { words } from "./strings";

const w = words.columns;

/** AllColumns says everything about each field of the target, in one wide table. */
export function AllColumns(props: { object: ObjectMapView; route: string[]; rows: FieldMapView[]; open: string; busy: boolean; onAccept: (f: FieldMapView) => void }) {
  const { object, route, rows, open, busy, onAccept } = props;
  return (
    <div className={`${tables.wrap} ${own.wide}`} tabIndex={0} role="region" aria-label={w.all}>
      <table className={`${tables.table} ${tables.hover}`}>
        <thead>
          <tr>
            <th>{words.head.target}</th>
            <th>{w.type}</th>
            <th>{words.head.from}</th>
            <th>{words.head.rule}</th>
            <th>{w.ifEmpty}</th>
            <th>{w.ifUnknown}</th>
            <th>{w.check}</th>
            <th>{words.head.samples}</th>
            <th>{w.meaning}</th>
            <th>{w.owner}</th>
            <th>{words.head.state}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((f) => (
            <tr key={f.target.name} data-selected={f.target.name === open}>
              <td>
                <a className={`${tables.open} ${css.target}`} href={formatRoute("mapping", route, { field: f.target.name })}>
                  {titleOf(f.target)}
                </a>
              </td>
              <td className="soft" style={{ minWidth: 110 }}>
                {typeTitle(f.target.type)}
                {f.target.required === true && <span className={css.req}>{words.required}</span>}
              </td>
              <td style={{ minWidth: 150 }}>{sourcesOf(f.map).map((s) => nameIn(object, s)).join(", ") || <span className="faint">{words.noSource}</span>}</td>
              <td style={{ minWidth: 200 }}>{f.problems[0] ? <span className={css.held}>{f.problems[0].what}</span> : f.words}</td>
              <td className="soft" style={{ minWidth: 110 }}>{otherwise(f.map.if_empty, f.map.empty_value, f)}</td>
              <td className="soft" style={{ minWidth: 110 }}>{otherwise(f.map.if_unknown, f.map.unknown_value, f)}</td>
              <td className="soft" style={{ minWidth: 150 }}>{checks(f.map.check, f.target.max_length ?? 0)}</td>
              <td style={{ minWidth: 220 }}>
                <Samples samples={f.samples} />
              </td>
              <td className="soft">{f.map.meaning}</td>
              <td className="soft">{f.map.owner}</td>
              <td>
                <State row={f} busy={busy} onAccept={onAccept} />
              </td>
            </tr>
          ))}
          {rows.length === 0 && (
            <tr>
              <td colSpan={11} className="soft">
                {words.done}
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}

/** otherwise says what a rule does instead, in short. */
export function otherwise(how: FieldMap["if_empty"], value: string | undefined, f: FieldMapView): string {
  if (f.map.rule === "fixed" || f.map.rule === "leave_out") return "–";
  const does = how === undefined || how === "" ? (f.target.required === true ? "hold" : "leave") : how;
  return does === "use" ? w.use(value ?? "") : (w.otherwise[does] ?? does);
}

/** checks says in words what a value must be like. */
export function checks(c: FieldCheck | undefined, most: number): string {
  const parts = [
    most > 0 ? w.atMost(count(most)) : "",
    c?.says ?? "",
    (c?.min_length ?? 0) > 0 ? w.atLeastLong(count(c?.min_length ?? 0)) : "",
    (c?.max_length ?? 0) > 0 ? w.atMost(count(c?.max_length ?? 0)) : "",
    c?.least !== undefined && c.least !== "" ? w.least(c.least) : "",
    c?.most !== undefined && c.most !== "" ? w.most(c.most) : "",
    (c?.one_of ?? []).length > 0 ? w.oneOf((c?.one_of ?? []).join(", ")) : "",
    c?.pattern !== undefined && c.pattern !== "" ? w.pattern(c.pattern) : "",
  ];
  return parts.filter((p) => p !== "").join("; ");
}
