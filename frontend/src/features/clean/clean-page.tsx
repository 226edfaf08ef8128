import { Button, Modal, Textarea, TextInput } from "@mantine/core";
import { queryOptions, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { clean } from "../../api/services";
import type { CleanRule, DecisionView } from "../../api/types";
import { Ask } from "../../components/ask";
import { CameLater } from "../../components/came-later";
import { useDo } from "../../components/do";
import { fateOf } from "../../components/fate";
import { Figure } from "../../components/figure";
import { count, objectTitle, objectWord, when } from "../../components/format";
import { Mark } from "../../components/marks";
import { Empty, Page, Section, Tabs } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute, recordsRoute, type Route } from "../../components/route";
import tables from "../../components/table.module.css";
import { twinQueries } from "./api";
import css from "./clean.module.css";
import { Duplicates, groupsOf } from "./duplicates";
import { words as twinWords } from "./duplicates-strings";
import { OwnRules } from "./own-rules";
import { words as ownWords } from "./own-strings";
import { words } from "./strings";

const rulesQuery = queryOptions({ queryKey: ["clean", "rules"], queryFn: clean.rules });
const decisionsQuery = queryOptions({ queryKey: ["clean", "decisions"], queryFn: clean.decisions });

const FATE_OF = { merge: "merged", archive: "archived", leave_out: "left_out" } as const;

/** showDecided shows a decision at once: counting anew whom the other rules would hit takes longer. */
export function showDecided(client: QueryClient, rule: string, d: DecisionView): void {
  client.setQueryData(rulesQuery.queryKey, (list) => list?.map((r) => (r.id === rule ? { ...r, applied: d.id, count: d.count } : r)));
  client.setQueryData(decisionsQuery.queryKey, (list) => list && [d, ...list.filter((x) => x.id !== d.id)]);
}

/** showUndone takes a decision off the screen at once. */
export function showUndone(client: QueryClient, id: number): void {
  client.setQueryData(rulesQuery.queryKey, (list) => list?.map((r) => (r.applied === id ? { ...r, applied: 0 } : r)));
  client.setQueryData(decisionsQuery.queryKey, (list) => list?.map((d) => (d.id === id ? { ...d, undone: true } : d)));
}

/** whatOf is the records of a rule in words, for a button. */
export function whatOf(object: string, n: number): string {
  return n === 1 ? objectWord(object) : objectTitle(object).toLowerCase();
}

/** CleanPage decides about many records at once, each decision previewed and undoable. */
export function CleanPage({ route }: { route: Route }) {
  const searches = useQuery(twinQueries.searches());
  const tab = route.rest[0] === "duplicates" || route.rest[0] === "own" ? route.rest[0] : "rules";
  const open = (searches.data ?? []).reduce((n, s) => n + groupsOf(s, "sure", "open"), 0);
  const leads = { rules: words.lead, duplicates: twinWords.lead, own: ownWords.lead };
  return (
    <Page title={words.title} lead={leads[tab]}>
      <Tabs
        label={words.title}
        open={tab}
        tabs={[
          { id: "rules", title: words.tabs.rules, href: formatRoute("clean") },
          { id: "duplicates", title: words.tabs.duplicates, href: formatRoute("clean", ["duplicates"]), note: open > 0 ? count(open) : "", left: open > 0 },
          { id: "own", title: words.tabs.own, href: formatRoute("clean", ["own"]) },
        ]}
      />
      {tab !== "duplicates" && <CameLater />}
      {tab === "duplicates" && <Duplicates route={route} />}
      {tab === "own" && <OwnRules />}
      {tab === "rules" && <Proposals />}
    </Page>
  );
}

/** Proposals lists what Waybill found worth deciding, and what was decided. */
function Proposals() {
  const rules = useQuery(rulesQuery);
  const decisions = useQuery(decisionsQuery);
  return (
    <>
      <Ask of={rules}>
        {(list) =>
          list.length === 0 ? (
            <Empty title={words.noRules}>{words.noRulesBody}</Empty>
          ) : (
            <Section title={words.rules}>
              <div className={css.rules}>
                {list.map((r) => (
                  <Rule key={r.id} rule={r} decision={(decisions.data ?? []).find((d) => d.id === r.applied)} />
                ))}
              </div>
            </Section>
          )
        }
      </Ask>
      <Section title={words.decisions}>
        <Ask of={decisions} lines={3}>
          {(list) => (list.length === 0 ? <p className="soft">{words.noDecisions}</p> : <Decisions list={list} />)}
        </Ask>
      </Section>
    </>
  );
}

function Rule({ rule, decision }: { rule: CleanRule; decision: DecisionView | undefined }) {
  const [asking, setAsking] = useState(false);
  const [settings, setSettings] = useState(rule.settings);
  const client = useQueryClient();
  const undo = useDo(clean.undo, () => showUndone(client, rule.applied));
  const fate = fateOf(FATE_OF[rule.does as keyof typeof FATE_OF]);
  const does = words.does[rule.does] ?? rule.does;
  const applied = rule.applied > 0;
  return (
    <article className={css.rule} data-applied={applied}>
      <div>
        <h3 className="row">
          <fate.icon size={17} color={fate.text} aria-hidden />
          {rule.title}
        </h3>
        <p>{rule.why}</p>
      </div>
      <div className={css.side}>
        <span className={css.big}>
          <Figure of={rule.count} what={rule.title} />
        </span>
        {applied ? (
          <>
            <Mark tone="pass">{words.inForce}</Mark>
            <Button variant="default" size="compact-sm" loading={undo.busy} onClick={() => undo.run(rule.applied)}>
              {words.undo}
            </Button>
          </>
        ) : (
          <Button variant="light" disabled={rule.count.value === 0} onClick={() => setAsking(true)}>
            {words.button(does, count(rule.count.value), whatOf(rule.object, rule.count.value))}…
          </Button>
        )}
      </div>
      {rule.examples.length > 0 && (
        <ul className={css.examples} aria-label={words.examples}>
          {rule.examples.slice(0, 3).map((e, i) => (
            <li key={i} dir="auto">
              {e}
            </li>
          ))}
        </ul>
      )}
      {applied && decision && <p className="faint">{[words.by(decision.by), when(decision.at), decision.why].filter((s) => s !== "").join(" · ")}</p>}
      {undo.problem && <ProblemNote problem={undo.problem} />}
      <Modal opened={asking} onClose={() => setAsking(false)} title={rule.title} size="lg">
        {asking && <Decide rule={rule} does={does} settings={settings} onSettings={setSettings} onClose={() => setAsking(false)} />}
      </Modal>
    </article>
  );
}

function Decide(props: { rule: CleanRule; does: string; settings: Record<string, string>; onSettings: (s: Record<string, string>) => void; onClose: () => void }) {
  const { rule, does, settings, onSettings, onClose } = props;
  const [why, setWhy] = useState("");
  const client = useQueryClient();
  const apply = useDo(clean.apply, (d) => {
    showDecided(client, rule.id, d);
    onClose();
  });
  const filter = rule.count.filter;
  // With other settings it hits other records: then the button names no number.
  const same = Object.entries(rule.settings).every(([k, v]) => settings[k] === v);
  return (
    <form
      className="stack"
      onSubmit={(e) => {
        e.preventDefault();
        apply.run(rule.id, settings, why.trim());
      }}
    >
      <p>{words.dialog[rule.does]}</p>
      {Object.keys(settings).length > 0 && (
        <div className={css.settings}>
          {Object.entries(settings).map(([name, value]) => (
            <TextInput
              key={name}
              label={words.settings[name] ?? name.replaceAll("_", " ")}
              value={value}
              onChange={(e) => onSettings({ ...settings, [name]: e.currentTarget.value })}
            />
          ))}
        </div>
      )}
      <ul className={css.examples} aria-label={words.examples}>
        {rule.examples.slice(0, 5).map((e, i) => (
          <li key={i} dir="auto">
            {e}
          </li>
        ))}
      </ul>
      {filter && (
        <p>
          <a href={recordsRoute(filter)} onClick={onClose}>
            {words.preview}
          </a>
        </p>
      )}
      <Textarea label={words.why} description={words.whyHint} placeholder={words.whyPlaceholder} value={why} onChange={(e) => setWhy(e.currentTarget.value)} autosize minRows={2} data-autofocus required />
      {apply.problem && <ProblemNote problem={apply.problem} />}
      <div className="row" style={{ justifyContent: "flex-end" }}>
        <Button variant="default" onClick={onClose}>
          {words.cancel}
        </Button>
        <Button type="submit" loading={apply.busy} disabled={why.trim() === ""}>
          {same ? words.button(does, count(rule.count.value), whatOf(rule.object, rule.count.value)) : words.buttonOther(does, whatOf(rule.object, 2))}
        </Button>
      </div>
    </form>
  );
}

function Decisions({ list }: { list: DecisionView[] }) {
  const w = words.head;
  const client = useQueryClient();
  const undo = useDo(async (id: number) => {
    await clean.undo(id);
    showUndone(client, id);
  });
  return (
    <>
      {undo.problem && <ProblemNote problem={undo.problem} />}
      <div className={tables.wrap}>
        <table className={tables.table}>
          <thead>
            <tr>
              <th>{w.what}</th>
              <th className={tables.num}>{w.count}</th>
              <th>{w.why}</th>
              <th>{w.by}</th>
              <th>{w.at}</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {list.map((d) => (
              <tr key={d.id} className={d.undone ? css.undone : ""}>
                <td>{d.title}</td>
                <td className={tables.num}>
                  <Figure of={d.count} what={d.title} />
                  {d.also.map((a) => (
                    <div key={a.filter?.object ?? ""} className="faint">
                      + <Figure of={a} /> {objectTitle(a.filter?.object ?? "").toLowerCase()}
                    </div>
                  ))}
                </td>
                <td>{d.why}</td>
                <td>{d.by}</td>
                <td className="soft">{when(d.at)}</td>
                <td className={tables.num}>
                  {d.undone ? (
                    <span className="faint">{words.undone}</span>
                  ) : (
                    <Button size="compact-sm" variant="default" loading={undo.busy} onClick={() => undo.run(d.id)}>
                      {words.undo}
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
