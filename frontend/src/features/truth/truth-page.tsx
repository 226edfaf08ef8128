import { Button, Select, Switch, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Collision, TruthFact, TruthPage as TruthData, TruthRule, TruthView } from "../../api/types-sources";
import { Ask } from "../../components/ask";
import { useDo } from "../../components/do";
import { Figure } from "../../components/figure";
import { count, objectTitle } from "../../components/format";
import { Mark } from "../../components/marks";
import { Empty, Page, Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute, type Route } from "../../components/route";
import tables from "../../components/table.module.css";
import { sources, sourcesQueries } from "./api";
import { words } from "./strings";
import css from "./truth.module.css";

/** TruthPage says by what records of several sources are the same, and who is right where they disagree. */
export function TruthPage({ route }: { route: Route }) {
  const list = useQuery(sourcesQueries.list());
  return (
    <Page
      title={words.title}
      lead={words.lead}
      actions={
        <Button component="a" href={formatRoute("source")} variant="default">
          {words.back}
        </Button>
      }
    >
      <Ask of={list}>
        {(v) => {
          const kind = v.kinds.find((k) => k.object === route.query["truth"]) ?? v.kinds[0];
          if (!kind) return <Empty title={words.nothing}>{words.furtherLead}</Empty>;
          return (
            <>
              {v.kinds.length > 1 && (
                <nav className={css.kinds} aria-label={words.title}>
                  {v.kinds.map((k) => (
                    <Button key={k.object} component="a" size="xs" variant={k === kind ? "filled" : "default"} aria-current={k === kind ? "page" : undefined} href={formatRoute("source", [], { truth: k.object })}>
                      {k.title}
                    </Button>
                  ))}
                </nav>
              )}
              <One key={kind.object} object={kind.object} />
              <Collisions />
            </>
          );
        }}
      </Ask>
    </Page>
  );
}

function One({ object }: { object: string }) {
  const page = useQuery(sourcesQueries.truth(object));
  return <Ask of={page}>{(data) => <Loaded key={String(data.view.decision)} data={data} />}</Ask>;
}

function Loaded({ data }: { data: TruthData }) {
  const [view, setView] = useState<TruthView>(data.view);
  const [dirty, setDirty] = useState(false);
  const put = (v: TruthView) => {
    setView(v);
    setDirty(true);
  };
  const begin = useDo(sources.begin, put);
  const look = useDo(sources.look, put);
  const busy = begin.busy || look.busy;
  const change = (rule: TruthRule) => look.run(rule);
  const problem = begin.problem ?? look.problem;
  return (
    <>
      {problem && <ProblemNote problem={problem} />}
      <Section title={words.keys} aside={data.found && (view.decision !== 0 && !dirty ? <Mark tone="pass">{words.inForce(view.decision)}</Mark> : <Mark tone="note">{words.proposed}</Mark>)}>
        {data.proposals.length === 0 ? <p className="soft">{words.noKey}</p> : <Keys data={data} rule={view.rule} busy={busy} onUse={(by) => begin.run(data.object, by)} />}
      </Section>
      {(data.found || dirty) && (
        <>
          <Sets view={view} />
          <Rank rule={view.rule} busy={busy} onChange={change} />
          <Facts view={view} busy={busy} onChange={change} />
          <Foot view={view} dirty={dirty} />
        </>
      )}
    </>
  );
}

const sameKey = (a: Record<string, string>, b: Record<string, string>) => Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([o, f]) => b[o] === f);

function Keys({ data, rule, busy, onUse }: { data: TruthData; rule: TruthRule; busy: boolean; onUse: (by: Record<string, string>) => void }) {
  const h = words.keyHead;
  return (
    <div className={tables.wrap}>
      <table className={tables.table}>
        <thead>
          <tr>
            <th>{h.by}</th>
            <th className={tables.num}>{h.matched}</th>
            <th className={tables.num}>{h.alone}</th>
            <th className={tables.num}>{h.ambiguous}</th>
            <th className={tables.num}>{h.agree}</th>
            <th aria-label={words.use} />
          </tr>
        </thead>
        <tbody>
          {data.proposals.map((p) => (
            <tr key={JSON.stringify(p.by)}>
              <td>
                {p.title}
                {p.examples[0] !== undefined && <div className="faint">{p.examples[0]}</div>}
              </td>
              <td className={tables.num}>{count(p.matched)}</td>
              <td className={tables.num}>{count(p.alone)}</td>
              <td className={tables.num}>{count(p.ambiguous)}</td>
              <td className={tables.num}>{words.agree(p.agree)}</td>
              <td>
                {sameKey(p.by, rule.by) ? (
                  <Mark tone="pass">{words.used}</Mark>
                ) : (
                  <Button size="xs" variant="default" disabled={busy} aria-label={`${words.use}: ${p.title}`} onClick={() => onUse(p.by)}>
                    {words.use}
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const found = (object: string, code: string, n: number, field = "") => ({ value: n, exact: true, filter: { object, op: "found", value: code, field, words: objectTitle(object) } });
const sourceTitle = (s: string) => (s === "main" ? words.main : s.replaceAll("-", " "));

function Sets({ view }: { view: TruthView }) {
  const h = words.setHead;
  return (
    <Section title={words.sets}>
      <p>{words.matched(count(view.matched))}</p>
      {view.there > 0 && <p className="soft">{words.there(count(view.there))}</p>}
      <div className={tables.wrap}>
        <table className={tables.table}>
          <thead>
            <tr>
              <th>{h.source}</th>
              <th className={tables.num}>{h.records}</th>
              <th className={tables.num}>{h.alone}</th>
              <th className={tables.num}>{h.ambiguous}</th>
              <th className={tables.num}>{h.keyless}</th>
            </tr>
          </thead>
          <tbody>
            {view.sources.map((s) => (
              <tr key={s.object}>
                <td>{sourceTitle(s.source)}</td>
                <td className={tables.num}>{count(s.records)}</td>
                <td className={tables.num}>
                  <Figure of={found(s.object, "truth.alone", s.alone)} />
                </td>
                <td className={tables.num}>
                  <Figure of={found(s.object, "truth.ambiguous", s.ambiguous)} />
                </td>
                <td className={tables.num}>
                  <Figure of={found(s.object, "truth.keyless", s.keyless)} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Rank({ rule, busy, onChange }: { rule: TruthRule; busy: boolean; onChange: (r: TruthRule) => void }) {
  const up = (i: number) => {
    const rank = [...rule.rank];
    rank.splice(i - 1, 0, ...rank.splice(i, 1));
    onChange({ ...rule, rank });
  };
  return (
    <Section title={words.rank}>
      <p className="soft">{words.rankHint}</p>
      <ol className={css.rank}>
        {rule.rank.map((s, i) => (
          <li key={s}>
            <span>
              {i + 1}. {s === "newest" ? words.newest : sourceTitle(s)}
            </span>
            {i > 0 && (
              <Button size="compact-xs" variant="default" disabled={busy} aria-label={words.up(sourceTitle(s))} onClick={() => up(i)}>
                ↑
              </Button>
            )}
          </li>
        ))}
      </ol>
    </Section>
  );
}

function Facts({ view, busy, onChange }: { view: TruthView; busy: boolean; onChange: (r: TruthRule) => void }) {
  const h = words.factHead;
  const rule = view.rule;
  const choose = (f: TruthFact, who: string | null) => {
    const fields = Object.fromEntries(Object.entries(rule.fields ?? {}).filter(([name]) => name !== f.name));
    onChange({ ...rule, fields: who === null || who === "" ? fields : { ...fields, [f.name]: [who] } });
  };
  const choices = [{ value: "", label: words.asRanked }, ...view.sources.map((s) => ({ value: s.source, label: sourceTitle(s.source) })), { value: "newest", label: words.newest }];
  return (
    <Section title={words.facts}>
      <div className={tables.wrap}>
        <table className={tables.table}>
          <thead>
            <tr>
              <th>{h.name}</th>
              <th className={tables.num}>{h.both}</th>
              <th className={tables.num}>{h.differ}</th>
              <th className={tables.num}>{h.changes}</th>
              <th className={tables.num}>{h.fills}</th>
              <th>{h.right}</th>
              <th>{h.example}</th>
            </tr>
          </thead>
          <tbody>
            {view.facts.map((f) => {
              const e = f.examples[0];
              return (
                <tr key={f.name}>
                  <td>{f.name}</td>
                  <td className={tables.num}>{count(f.both)}</td>
                  <td className={tables.num}>
                    <Figure of={found(view.survivor, "truth.differs", f.differ, f.name)} />
                  </td>
                  <td className={tables.num}>{count(f.changes)}</td>
                  <td className={tables.num}>{count(f.fills)}</td>
                  <td>
                    <Select aria-label={`${h.right}: ${f.name}`} size="xs" data={choices} value={f.own ? (f.order[0] ?? "") : ""} disabled={busy} allowDeselect={false} onChange={(who) => choose(f, who)} />
                  </td>
                  <td>
                    {e && (
                      <span className={css.said}>
                        <span className="faint">{e.name || e.id}:</span>
                        {e.before !== e.after && <span className={css.before}>{e.before}</span>}
                        <strong>{e.after}</strong>
                      </span>
                    )}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <Switch mt="md" label={words.bring} checked={rule.bring} disabled={busy} onChange={(e) => onChange({ ...rule, bring: e.currentTarget.checked })} />
      {view.brought.length > 0 && <p className="soft">{view.brought.map((b) => `${b.field}: ${count(b.count)}`).join(" · ")}</p>}
    </Section>
  );
}

function Foot({ view, dirty }: { view: TruthView; dirty: boolean }) {
  const [why, setWhy] = useState("");
  const decide = useDo(sources.decide);
  const undo = useDo(sources.undo);
  const problem = decide.problem ?? undo.problem;
  return (
    <>
      {problem && <ProblemNote problem={problem} />}
      <div className={css.foot}>
        <TextInput className={css.why} label={words.why} placeholder={words.whyHint} value={why} onChange={(e) => setWhy(e.currentTarget.value)} />
        {view.decision !== 0 && (
          <Button variant="default" loading={undo.busy} onClick={() => undo.run(view.rule.object)}>
            {words.undo}
          </Button>
        )}
        <Button disabled={view.matched === 0 || (view.decision !== 0 && !dirty)} loading={decide.busy} onClick={() => decide.run(view.rule, why)}>
          {view.decision === 0 ? words.decide : words.decideAgain}
        </Button>
      </div>
    </>
  );
}

function Collisions() {
  const list = useQuery(sourcesQueries.collisions());
  return <>{(list.data ?? []).map((c) => <Numbers key={c.object + c.other} c={c} />)}</>;
}

function Numbers({ c }: { c: Collision }) {
  const [prefix, setPrefix] = useState(c.prefix ?? `${(c.object.split("@")[1] ?? "").toUpperCase()}-`);
  const set = useDo(sources.prefix);
  return (
    <Section title={words.collisions}>
      <p>
        <Figure of={found(c.object, "truth.collision", c.count, c.other)} /> {words.collisionsLead(count(c.count), objectTitle(c.other), objectTitle(c.object))}
      </p>
      <ul className="faint">
        {c.examples.map((e) => (
          <li key={e.id}>
            {e.id}: {e.first} | {e.other}
          </li>
        ))}
      </ul>
      {c.field === "" ? (
        <p className="soft">{words.noField}</p>
      ) : (
        <form
          className={css.form}
          onSubmit={(e) => {
            e.preventDefault();
            set.run(c.object, prefix);
          }}
        >
          <TextInput label={words.prefix(objectTitle(c.object))} value={prefix} onChange={(e) => setPrefix(e.currentTarget.value)} />
          <Button type="submit" variant="default" loading={set.busy} disabled={prefix === (c.prefix ?? "")}>
            {words.prefixSet}
          </Button>
        </form>
      )}
      {set.problem && <ProblemNote problem={set.problem} />}
    </Section>
  );
}
