import { NumberInput, TagsInput, TextInput } from "@mantine/core";
import type { Dispatch } from "react";
import type { Field, FieldCheck, FieldMap } from "../../api/types";
import { checks } from "./all-columns";
import type { Edit } from "./model";
import css from "./rule.module.css";
import own from "./mapping.module.css";
import { words } from "./strings";

const w = words.check;
const LONG = new Set(["text", "longtext", "html", "email", "phone", "url"]);
const MEASURED = new Set(["number", "integer", "date", "datetime"]);

/** RuleCheck says what the value must be like; a record whose value is not waits for a person. */
export function RuleCheck({ target, map, onEdit }: { target: Field; map: FieldMap; onEdit: Dispatch<Edit> }) {
  const c = map.check ?? {};
  const set = (change: Partial<FieldCheck>) => onEdit({ do: "set", change: { check: { ...c, ...change } } });
  const said = checks(map.check, 0);
  return (
    <details open={said !== "" || undefined}>
      <summary className="soft" style={{ cursor: "pointer" }}>
        {w.title}
        {said !== "" && <span className="faint"> {said}</span>}
      </summary>
      <div className={css.check}>
        <div className="full">
          <TextInput label={w.says} description={w.saysHint} value={c.says ?? ""} onChange={(e) => set({ says: e.currentTarget.value })} />
        </div>
        <div className="full">
          <TagsInput label={w.oneOf} description={w.oneOfHint} value={c.one_of ?? []} onChange={(v) => set({ one_of: v })} />
        </div>
        {LONG.has(target.type) && (
          <>
            <NumberInput label={w.shortest} min={0} allowDecimal={false} value={c.min_length ?? ""} onChange={(v) => set({ min_length: Number(v) || 0 })} />
            <NumberInput label={w.longest} min={0} allowDecimal={false} value={c.max_length ?? ""} onChange={(v) => set({ max_length: Number(v) || 0 })} />
            <div className="full">
              <TextInput label={w.pattern} description={w.patternHint} classNames={{ input: own.mono }} value={c.pattern ?? ""} onChange={(e) => set({ pattern: e.currentTarget.value })} />
            </div>
          </>
        )}
        {MEASURED.has(target.type) && (
          <>
            <TextInput label={w.least} value={c.least ?? ""} onChange={(e) => set({ least: e.currentTarget.value })} />
            <TextInput label={w.most} value={c.most ?? ""} onChange={(e) => set({ most: e.currentTarget.value })} />
          </>
        )}
      </div>
    </details>
  );
}
