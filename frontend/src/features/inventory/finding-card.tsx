import { Button } from "@mantine/core";
import type { FindingView } from "../../api/types";
import { Figure } from "../../components/figure";
import { Mark, toneOf } from "../../components/marks";
import { words as shared } from "../../components/strings";
import css from "./inventory.module.css";
import { words } from "./strings";

/** FindingCard says what, how many, an example, what it means and how to mend it. */
export function FindingCard({ finding }: { finding: FindingView }) {
  const f = finding;
  return (
    <article className={css.finding}>
      <h3>
        <Mark tone={toneOf(f.severity)} size={18}>
          <span className="hidden-text">{shared.severity[f.severity]}:</span>
        </Mark>
        <span>{f.what}</span>
      </h3>
      {f.means !== "" && <p>{f.means}</p>}
      {f.fix !== "" && <p style={{ color: "var(--text)" }}>{f.fix}</p>}
      {f.examples.length > 0 && (
        <details className={css.examples}>
          <summary>{words.more}</summary>
          <ul>
            {f.examples.slice(0, 5).map((e, i) => (
              <li key={i}>{e}</li>
            ))}
          </ul>
        </details>
      )}
      <div className={css.foot}>
        <span className="soft">
          <Figure of={f.count} what={f.what} /> {shared.records}
        </span>
        {f.page !== "" && (
          <Button component="a" href={`#/${f.page}`} variant="default" size="compact-sm" ml="auto" aria-label={`${words.decide}: ${f.what}`}>
            {words.decide}
          </Button>
        )}
      </div>
    </article>
  );
}
