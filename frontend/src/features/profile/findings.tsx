import { Button } from "@mantine/core";
import { useState } from "react";
import { profiles } from "../../api/services";
import type { StatedFinding } from "../../api/types";
import { ByName } from "../../components/by-name";
import { useDo } from "../../components/do";
import { Figure } from "../../components/figure";
import { count, objectTitle, when } from "../../components/format";
import { Mark, toneOf } from "../../components/marks";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute } from "../../components/route";
import { words as shared } from "../../components/strings";
import css from "./profile.module.css";
import { words } from "./strings";

const STATES = ["open", "decided", "accepted"];

/** Findings lists what was found by what became of it. */
export function Findings({ list }: { list: StatedFinding[] }) {
  const [state, setState] = useState("open");
  const shown = list.filter((f) => f.state === state);
  if (list.length === 0) return <p className="soft">{words.none}</p>;
  return (
    <div className="stack">
      <div className={css.states} role="group" aria-label={words.findings}>
        {STATES.map((s) => (
          <Button key={s} size="compact-sm" variant={s === state ? "filled" : "default"} aria-pressed={s === state} onClick={() => setState(s)}>
            {words.show[s]} {count(list.filter((f) => f.state === s).length)}
          </Button>
        ))}
      </div>
      {shown.length === 0 ? (
        <p className="soft">{words.noneOf[state]}</p>
      ) : (
        <div className={css.findings}>
          {shown.map((f) => (
            <FindingCard key={f.code + f.object + f.field} finding={f} />
          ))}
        </div>
      )}
    </div>
  );
}

/** fixOf opens where a finding is put right. */
export function fixOf(f: Pick<StatedFinding, "page" | "object" | "field">): string {
  switch (f.page) {
    case "profile":
      return formatRoute("profile", [f.object, f.field]);
    case "mapping":
      return formatRoute("mapping", [f.object]);
    default:
      return `#/${f.page}`;
  }
}

/** FindingCard says what, how many, an example, what it means in the target and what to do. */
export function FindingCard({ finding }: { finding: StatedFinding }) {
  const f = finding;
  const [asking, setAsking] = useState(false);
  const say = useDo(profiles.say, () => setAsking(false));
  return (
    <article className={css.finding} data-state={f.state}>
      <h3>
        <Mark tone={f.state === "open" ? toneOf(f.severity) : "pass"} size={18}>
          <span className="hidden-text">{f.state === "open" ? shared.severity[f.severity] : words.state[f.state]}:</span>
        </Mark>
        <span>{f.what}</span>
      </h3>
      <p className="faint">
        {objectTitle(f.object)}
        {f.field !== "" && (
          <>
            {" · "}
            <a href={formatRoute("profile", [f.object, f.field])}>{f.field}</a>
          </>
        )}
      </p>
      {f.means !== "" && <p>{f.means}</p>}
      {f.fix !== "" && <p className={css.fix}>{f.fix}</p>}
      {f.examples.length > 0 && (
        <details className={css.examples}>
          <summary>{words.more}</summary>
          <ul>
            {f.examples.slice(0, 5).map((e, i) => (
              <li key={i} dir="auto">
                {e}
              </li>
            ))}
          </ul>
        </details>
      )}
      {f.state !== "open" && <p className="faint">{`${words.state[f.state] ?? f.state}: ${words.said(f.by, f.when === "" ? "" : when(f.when), f.why)}`}</p>}
      {say.problem && !asking && <ProblemNote problem={say.problem} />}
      <div className={css.foot}>
        <span className={css.big}>
          <Figure of={f.count} what={f.what} />
        </span>
        <span className="grow" />
        {f.state === "open" && (
          <Button variant="subtle" color="gray" size="compact-sm" onClick={() => setAsking(true)} aria-label={`${words.accept}: ${f.what}`}>
            {words.accept}
          </Button>
        )}
        {f.state === "accepted" && (
          <Button variant="subtle" color="gray" size="compact-sm" loading={say.busy} onClick={() => say.run(f.object, f.code, f.field, "open", "")} aria-label={`${words.reopen}: ${f.what}`}>
            {words.reopen}
          </Button>
        )}
        {f.state === "open" && f.page !== "" && f.page !== "records" && (
          <Button component="a" href={fixOf(f)} variant="default" size="compact-sm" aria-label={`${words.decide}: ${f.what}`}>
            {words.decide}
          </Button>
        )}
      </div>
      <ByName
        opened={asking}
        title={words.acceptTitle}
        label={words.acceptWhy}
        button={words.acceptButton}
        busy={say.busy}
        problem={say.problem}
        onClose={() => setAsking(false)}
        onConfirm={(why) => say.run(f.object, f.code, f.field, "accepted", why)}
      >
        <p>{f.what}</p>
        <p className="soft">{words.acceptBody}</p>
      </ByName>
    </article>
  );
}
