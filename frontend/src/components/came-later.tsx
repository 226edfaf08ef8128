import { Button } from "@mantine/core";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { call } from "../api/call";
import type { DecisionView } from "../api/types";
import type { LaterView } from "../api/types-clean";
import { useDo } from "./do";
import { Figure } from "./figure";
import { count, objectTitle, objectWord, when } from "./format";
import { Section } from "./page";
import { ProblemNote } from "./problem-note";
import css from "./came-later.module.css";

const words = {
  title: "Came after it was decided",
  more: (what: string) => `more ${what} since it was decided`,
  along: (parts: string) => `with ${parts}`,
  hint: "They were read, or changed in the old desk, after the decision, and its rule fits them. Until they are included they would move.",
  include: (n: string) => `Include ${n === "1" ? "it" : `these ${n}`}`,
  of: (title: string, who: string, at: string) => `${title} · decided by ${who}, ${at}`,
};

/** What came after a decision and fits its rule. */
const include = (decision: number) => call<DecisionView>("Clean", "IncludeLater", decision);
const laterQuery = queryOptions({ queryKey: ["clean", "later"], queryFn: () => call<LaterView[]>("Clean", "Later") });

/** CameLater offers what was read after a decision and fits its rule; without such records it is not there. */
export function CameLater({ busy = false }: { busy?: boolean }) {
  const found = useQuery({ ...laterQuery, enabled: !busy });
  const list = found.data ?? [];
  if (list.length === 0) return null;
  return (
    <Section title={words.title}>
      <p className="soft">{words.hint}</p>
      <ul className={css.later}>
        {list.map((l) => (
          <Line key={l.decision} of={l} busy={busy} />
        ))}
      </ul>
    </Section>
  );
}

function Line({ of, busy }: { of: LaterView; busy: boolean }) {
  const w = words;
  const deed = useDo(include);
  const n = of.count.value;
  const what = n === 1 ? objectWord(of.object) : objectTitle(of.object).toLowerCase();
  const along = of.also.map((a) => `${a.value} ${a.name.toLowerCase()}`).join(", ");
  return (
    <li>
      <div>
        <b>
          <Figure of={of.count} what={of.title} /> {w.more(what)}
        </b>
        {along !== "" && <span className="soft"> {w.along(along)}</span>}
        <div className="soft">{w.of(of.title, of.by, when(of.at))}</div>
        {of.examples.length > 0 && (
          <div className="faint" dir="auto">
            {of.examples.join(" · ")}
          </div>
        )}
        {deed.problem && <ProblemNote problem={deed.problem} />}
      </div>
      <Button variant="light" size="compact-sm" disabled={busy} loading={deed.busy} onClick={() => deed.run(of.decision)}>
        {w.include(count(n))}
      </Button>
    </li>
  );
}
