import { Button } from "@mantine/core";
import type { FindingView } from "../../api/types";
import { Figure } from "../../components/figure";
import { Mark, toneOf } from "../../components/marks";
import { formatRoute } from "../../components/route";
import { words as shared } from "../../components/strings";
import css from "./inventory.module.css";
import { words } from "./strings";

/** pageOf opens the page that mends a finding, at the object and field that it is about. */
export function pageOf(f: Pick<FindingView, "page" | "object" | "field">): string {
  if (f.page === "inventory") return formatRoute("inventory", [f.object], { field: f.field });
  if (f.page === "profile") return formatRoute("profile", [f.object, f.field]);
  if (f.page === "mapping") return formatRoute("mapping", [f.object]);
  return `#/${f.page}`;
}

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
          <Button component="a" href={pageOf(f)} variant="default" size="compact-sm" ml="auto" aria-label={`${words.decide}: ${f.what}`}>
            {words.decide}
          </Button>
        )}
      </div>
    </article>
  );
}
