import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/call";
import type { FormulaFunction, FormulaHelp as Help } from "../../api/types-formula";
import { found } from "./formula-model";
import { words as w } from "./formula-strings";
import css from "./formula.module.css";

const ORDER = ["Text", "Logic", "Date and time", "Number", "List and look-up"];

/** FormulaHelp lists all functions, and how they differ from Excel's; a click puts one into the formula. */
export function FormulaHelp({ onInsert }: { onInsert: (name: string) => void }) {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const help = useQuery({ queryKey: ["formula", "help"], queryFn: () => call<Help>("Mapping", "FormulaHelp"), staleTime: Infinity, enabled: open });
  const list = found(help.data?.functions ?? [], text);
  const groups = [...new Set(list.map((f) => f.group))].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  return (
    <details className={css.help} onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>{w.functions}</summary>
      {help.data && (
        <>
          <TextInput mt={8} size="xs" aria-label={w.find} placeholder={w.find} value={text} onChange={(e) => setText(e.currentTarget.value)} />
          <div className={css.functions} role="group" aria-label={w.functions}>
            {list.length === 0 && <p className={css.function}>{w.nothing}</p>}
            {groups.map((g) => (
              <section key={g}>
                <h4>{g}</h4>
                {list
                  .filter((f) => f.group === g)
                  .map((f) => (
                    <Line key={f.name} of={f} onInsert={onInsert} />
                  ))}
              </section>
            ))}
          </div>
          <details>
            <summary>{w.differences}</summary>
            <pre className={css.differences} tabIndex={0}>
              {help.data.differences}
            </pre>
          </details>
        </>
      )}
    </details>
  );
}

function Line({ of, onInsert }: { of: FormulaFunction; onInsert: (name: string) => void }) {
  return (
    <button type="button" className={css.function} aria-label={w.insert(of.name)} onClick={() => onInsert(of.name)}>
      <span className={css.use}>{of.use}</span> {of.help}
      {of.differs !== "" && (
        <span className={css.differs}>
          {of.own ? w.own : w.differs} {of.own ? "" : of.differs}
        </span>
      )}
    </button>
  );
}
