import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";
import { call } from "../../api/call";
import type { FormulaFunction, FormulaLook, FormulaMistake, FormulaProposal } from "../../api/types-formula";
import { FormulaHelp } from "./formula-help";
import { argumentsOf, insert, mend, paint, take, typed, type Change } from "./formula-model";
import { words as w } from "./formula-strings";
import css from "./formula.module.css";

interface Props {
  /** Object of the source whose fields the formula may name. */
  object: string;
  label: string;
  hint?: string;
  value: string;
  onChange: (formula: string) => void;
}

/** FormulaEditor is where a formula is written: with colours, proposals, help and what mends a mistake. */
export function FormulaEditor({ object, label, hint, value, onChange }: Props) {
  const id = useId();
  const input = useRef<HTMLTextAreaElement>(null);
  const [cursor, setCursor] = useState(value.length);
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState(0);
  const place = useRef<number | null>(null);
  const look = useQuery({
    queryKey: ["formula", object, value, cursor],
    queryFn: async () => ({ of: value, at: cursor, look: await call<FormulaLook>("Mapping", "LookFormula", object, value, cursor) }),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    gcTime: 30_000,
  });
  const seen = look.data;
  const fresh = seen !== undefined && seen.of === value && seen.at === cursor;
  const proposals = open && fresh ? seen.look.proposals : [];
  const at = Math.min(chosen, proposals.length - 1);

  // The cursor goes where a change wants it, once the new text stands there.
  useLayoutEffect(() => {
    if (place.current === null || !input.current) return;
    input.current.focus();
    input.current.setSelectionRange(place.current, place.current);
    place.current = null;
  }, [value]);
  useEffect(() => {
    if (at >= 0) document.getElementById(`${id}-${at}`)?.scrollIntoView({ block: "nearest" });
  }, [id, at]);

  const change = (c: Change) => {
    place.current = c.cursor;
    setCursor(c.cursor);
    setOpen(false);
    setChosen(0);
    onChange(c.text);
  };
  const choose = (p: FormulaProposal | undefined) => {
    if (p && seen) change(take(value, seen.look, p));
  };
  const keys = (e: KeyboardEvent) => {
    if (e.key === " " && e.ctrlKey) {
      e.preventDefault();
      setOpen(true);
      setChosen(0);
      return;
    }
    if (proposals.length === 0) return;
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[e.key];
    if (step !== undefined) {
      e.preventDefault();
      const last = proposals.length - 1;
      setChosen(Math.abs(step) === 1 ? (at + step + proposals.length) % proposals.length : Math.max(0, Math.min(last, at + step)));
    } else if ((e.key === "Enter" && !e.ctrlKey && !e.metaKey && !e.shiftKey) || (e.key === "Tab" && !e.shiftKey)) {
      e.preventDefault();
      choose(proposals[at]);
    } else if (e.key === "Escape") {
      e.preventDefault();
      e.stopPropagation(); // it closes the list, not the panel
      setOpen(false);
    }
  };
  const mistake = fresh && !(open && proposals.length > 0) ? seen.look.mistake : null;

  return (
    <div className={css.editor}>
      <label className={css.label} htmlFor={id}>
        {label}
      </label>
      {hint !== undefined && <span className={css.hint}>{hint}</span>}
      <div className={css.box} data-wrong={mistake !== null}>
        <pre className={css.paint} aria-hidden>
          {paint(value, seen?.look, seen?.of ?? "").map((p, i) => (
            <span key={i} data-kind={p.kind} data-wrong={p.wrong && mistake !== null}>
              {p.text}
            </span>
          ))}
          {"\n"}
        </pre>
        <textarea
          ref={input}
          id={id}
          className={css.input}
          rows={2}
          value={value}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          aria-autocomplete="list"
          aria-controls={proposals.length > 0 ? `${id}-list` : undefined}
          aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
          aria-invalid={mistake !== null}
          aria-describedby={`${id}-foot`}
          onKeyDown={keys}
          onBlur={() => setOpen(false)}
          onSelect={(e) => setCursor(e.currentTarget.selectionStart)}
          onChange={(e) => {
            const text = e.currentTarget.value;
            const c = e.currentTarget.selectionStart;
            setCursor(c);
            setChosen(0);
            setOpen(text.length > value.length ? typed(text, c) : open && typed(text, c));
            onChange(text);
          }}
        />
        {proposals.length > 0 && (
          <ul className={css.list} id={`${id}-list`} role="listbox" aria-label={w.proposals}>
            {proposals.map((p, i) => (
              // The mouse must not take the focus from the text.
              <li key={`${p.kind} ${p.label}`} id={`${id}-${i}`} role="option" aria-selected={i === at} onMouseDown={(e) => e.preventDefault()} onClick={() => choose(p)}>
                <span className={css.name}>{p.label}</span>
                <span className={css.what}>{p.help}</span>
                <span className={css.kind}>{w.kinds[p.kind] ?? p.kind}</span>
              </li>
            ))}
          </ul>
        )}
      </div>
      <div id={`${id}-foot`} className={css.foot}>
        {mistake ? <MistakeLine mistake={mistake} onFix={(f) => change(mend(value, f))} /> : seen?.look.within ? <Use of={seen.look.within} /> : <span className="faint">{w.keys}</span>}
      </div>
      <span className="hidden-text" role="status">
        {proposals.length > 0 ? w.count(proposals.length) : ""}
      </span>
      <FormulaHelp onInsert={(name) => change(insert(value, cursor, `${name}()`, 1))} />
    </div>
  );
}

function MistakeLine({ mistake, onFix }: { mistake: FormulaMistake; onFix: (f: FormulaMistake["fixes"][number]) => void }) {
  return (
    <div className={css.mistake}>
      <span>{mistake.problem.what}</span>
      <span className={css.next}>{mistake.problem.next}</span>
      {mistake.fixes.map((f) => (
        <button key={f.label} type="button" className={css.fix} onClick={() => onFix(f)}>
          {f.label}
        </button>
      ))}
    </div>
  );
}

function Use({ of }: { of: FormulaFunction }) {
  return (
    <>
      <span className={css.use}>
        {of.name}(
        {argumentsOf(of).map((a, i) => (
          <span key={i}>
            {i > 0 && ", "}
            {a.here ? <b>{a.text}</b> : a.text}
          </span>
        ))}
        )
      </span>{" "}
      {of.help}
    </>
  );
}
