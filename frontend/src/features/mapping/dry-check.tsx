import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Validation, ValidationGroup } from "../../api/types";
import { Ask } from "../../components/ask";
import { Figure } from "../../components/figure";
import { count, objectTitle, when } from "../../components/format";
import { JobPanel } from "../../components/job-panel";
import { Verdict } from "../../components/marks";
import { Empty, Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute, recordsRoute } from "../../components/route";
import tables from "../../components/table.module.css";
import { usePageJob } from "../../components/use-page-job";
import { mapQueries, studio } from "./api";
import css from "./parts.module.css";
import { words } from "./strings";

const w = words.dry;

/** DryCheck tries the mapping on every record without sending anything, and says what would be held. */
export function DryCheck() {
  const view = useQuery(mapQueries.validation());
  const run = usePageJob(studio.validate, ["validate"]);
  const button = (
    <Button loading={run.active} onClick={() => run.start.run()}>
      {view.data?.ran === true ? w.again : w.run}
    </Button>
  );
  return (
    <div className="stack">
      {run.start.problem && <ProblemNote problem={run.start.problem} />}
      {run.job && (run.active || run.job.error) && <JobPanel job={run.job} />}
      <Ask of={view}>
        {(v) =>
          v.ran ? (
            <>
              <div className={css.verdict}>
                <Verdict tone={v.last.held === 0 ? "pass" : "warn"} title={v.last.held === 0 ? w.allReady(count(v.last.ready)) : w.someHeld(count(v.last.held), count(v.last.ready))}>
                  <p className="soft">{told(v.last)}</p>
                  {v.stale && <p>{w.stale}</p>}
                </Verdict>
                {button}
              </div>
              <Groups of={v.last} fields={v.fields ?? {}} />
              <Objects of={v.last} />
              <Losses of={v.last} />
            </>
          ) : (
            <Empty title={w.empty} buttons={button}>
              {w.emptyBody}
            </Empty>
          )
        }
      </Ask>
    </div>
  );
}

/** told says when it was, by whom, and what became of the problems since the time before. */
function told(v: Validation): string {
  const parts = [w.at(when(v.at), v.by.name), v.frozen ? w.frozen : w.notFrozen];
  if (v.before) parts.push(v.before.errors === v.errors ? w.sameErrors(count(v.errors)) : w.errors(count(v.before.errors), count(v.errors)));
  return parts.join(" ");
}

function Groups({ of, fields }: { of: Validation; fields: Record<string, string> }) {
  const groups = of.groups ?? [];
  if (groups.length === 0) return null;
  return (
    <Section title={w.groups} aside={<span className="faint">{w.groupsHint}</span>}>
      <ul className="stack-tight">
        {groups.map((g) => (
          <Group key={g.part} of={g} dry={of.id} compared={of.before !== undefined} field={fields[String(g.part)] ?? g.field} />
        ))}
      </ul>
    </Section>
  );
}

function Group({ of, dry, compared, field }: { of: ValidationGroup; dry: number; compared: boolean; field: string }) {
  const what = of.problem?.what ?? of.code;
  const change = of.count - of.before;
  const filter = { object: of.object, rule: `dry ${dry} ${of.part}`, words: w.wouldBe(objectTitle(of.object), what) };
  return (
    <li className={`card ${css.group}`}>
      <div className={css.number}>
        <strong>
          <Figure of={{ value: of.count, exact: true, filter }} what={w.records} />
        </strong>
        <span className="faint">{compared && change !== 0 ? (of.before === 0 ? w.isNew : change < 0 ? w.fewer(count(-change)) : w.more(count(change))) : w.records}</span>
      </div>
      <div className="grow">
        <h3>{what}</h3>
        <p className="faint">
          {objectTitle(of.object)}
          {field !== "" && `, ${field}`} · {w.kinds[of.kind] ?? of.kind}
        </p>
        {of.problem && (
          <p className="soft">
            {of.problem.why} {of.problem.next}
          </p>
        )}
        {(of.values ?? []).length > 0 && (
          <ul className={css.values} aria-label={w.values}>
            {(of.values ?? []).slice(0, 6).map((v) => (
              <li key={v.value} dir="auto">
                {v.value === "" ? words.nothingIn : v.value} <span className="faint">{count(v.count)}</span>
              </li>
            ))}
          </ul>
        )}
        {(of.examples ?? []).length > 0 && (
          <p className="faint">
            {w.examples}{" "}
            {(of.examples ?? []).slice(0, 3).map((id, i) => (
              <span key={id}>
                {i > 0 && ", "}
                <a href={recordsRoute(filter, id)}>{id}</a>
              </span>
            ))}
          </p>
        )}
      </div>
      <Button component="a" size="compact-sm" variant="default" href={formatRoute("mapping", [of.object], { field: of.field })} aria-label={`${w.mend}: ${what}`}>
        {w.mend}
      </Button>
    </li>
  );
}

function Objects({ of }: { of: Validation }) {
  return (
    <Section title={w.objects}>
      <div className={tables.wrap}>
        <table className={tables.table}>
          <thead>
            <tr>
              <th>{w.head.object}</th>
              <th>{w.head.target}</th>
              <th className={tables.num}>{w.head.ready}</th>
              <th className={tables.num}>{w.head.held}</th>
            </tr>
          </thead>
          <tbody>
            {(of.objects ?? []).map((o) => (
              <tr key={`${o.object} ${o.target}`}>
                <th scope="row">{objectTitle(o.object)}</th>
                <td>{o.target === "" ? "–" : objectTitle(o.target)}</td>
                <td className={tables.num}>{count(o.ready)}</td>
                <td className={tables.num}>{count(o.held)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Losses({ of }: { of: Validation }) {
  const losses = of.losses ?? [];
  if (losses.length === 0) return null;
  return (
    <Section title={w.losses}>
      <ul className="stack-tight">
        {losses.map((l) => (
          <li key={l.code + l.object + l.field} className="card pad">
            {l.what} <span className="faint">{`${objectTitle(l.object)}, ${l.field}: ${count(l.count)}`}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
