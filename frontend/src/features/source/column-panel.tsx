import { Select, TagsInput, TextInput } from "@mantine/core";
import type { Column, FieldType } from "../../api/types";
import { count, FIELD_TYPES, percent, typeTitle } from "../../components/format";
import { SidePanel } from "../../components/page";
import tables from "../../components/table.module.css";
import css from "./source.module.css";
import { words } from "./strings";

/** ColumnPanel shows what a column was taken for and why, and lets a person put it right. */
export function ColumnPanel({ column, rows, onChange, onClose }: { column: Column; rows: number; onChange: (c: Partial<Column>) => void; onClose: () => void }) {
  const isDate = column.type === "date" || column.type === "datetime";
  const isMany = column.type === "options" || column.type === "tags";
  const orders = Object.entries(column.date_orders);
  const types = FIELD_TYPES.includes(column.type) ? FIELD_TYPES : [column.type, ...FIELD_TYPES];
  return (
    <SidePanel title={column.name} sub={<p className="faint">{column.why}</p>} onClose={onClose}>
      <div className={css.fields}>
        <Select
          label={words.colType}
          data={types.map((t) => ({ value: t, label: typeTitle(t) }))}
          value={column.type}
          allowDeselect={false}
          onChange={(v) => v !== null && onChange({ type: v as FieldType })}
        />
        {isDate && (
          <>
            <TextInput label={words.colFormat} description={words.colFormatHint} value={column.format} onChange={(e) => onChange({ format: e.currentTarget.value })} />
            {orders.length > 0 && (
              <table className={`${tables.table} ${tables.dense}`} aria-label={words.dateOrders}>
                <tbody>
                  {orders.map(([layout, n]) => (
                    <tr key={layout}>
                      <td>
                        {layout === "ambiguous" ? (
                          words.ambiguous
                        ) : (
                          <button type="button" className={`${tables.open} mono`} onClick={() => onChange({ format: layout })}>
                            {layout}
                          </button>
                        )}
                      </td>
                      <td className={tables.num}>
                        {count(n)} {words.rowsWord}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
            <TextInput label={words.colZone} description={words.colZoneHint} value={column.zone} onChange={(e) => onChange({ zone: e.currentTarget.value })} />
          </>
        )}
        {isMany && <TextInput label={words.colSeparator} value={column.separator} w={160} onChange={(e) => onChange({ separator: e.currentTarget.value })} />}
        <TagsInput label={words.colEmpty} description={words.colEmptyHint} value={column.empty} onChange={(empty) => onChange({ empty })} />
        <p className="soft">
          {percent(column.filled, rows)} {words.col.filled.toLowerCase()}, {count(column.distinct)} {words.col.distinct.toLowerCase()}, {words.longest(count(column.longest))}
        </p>
        <div>
          <h3>{words.colSamples}</h3>
          <ul className={css.values}>
            {(column.options.length > 0 ? column.options : column.samples).map((s, i) => (
              <li key={i}>{s}</li>
            ))}
          </ul>
        </div>
      </div>
    </SidePanel>
  );
}
