import type { Field, RuleKind } from "../../api/types";
import css from "./rule.module.css";
import { words } from "./strings";

const w = words.editor;

/** The kinds of rules, in the order in which people choose from them. */
const KINDS: RuleKind[] = ["copy", "values", "fixed", "join", "split", "formula", "look_up", "people", "leave_out"];

/** RuleKinds is the choice of a rule's kind, each in a word and the chosen one in a sentence. */
export function RuleKinds({ rule, target, onRule }: { rule: RuleKind; target: Field; onRule: (r: RuleKind) => void }) {
  // People stand for people: the rule is only offered where the target wants one.
  const kinds = KINDS.filter((k) => k !== "people" || k === rule || target.type === "link");
  return (
    <fieldset className={css.kinds}>
      <legend>{w.rule}</legend>
      <div className={css.grid}>
        {kinds.map((k) => (
          <label key={k} className={css.kind} data-on={k === rule}>
            <input type="radio" name="rule" value={k} checked={k === rule} onChange={() => onRule(k)} />
            <span>{words.rules[k] ?? k}</span>
          </label>
        ))}
      </div>
      <p className="faint">{words.ruleHints[rule]}</p>
    </fieldset>
  );
}
