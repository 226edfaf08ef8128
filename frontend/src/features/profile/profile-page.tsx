import { Button, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { profiles, records } from "../../api/services";
import type { ProfileObject, ProfileView, ScoreView } from "../../api/types";
import { Ask } from "../../components/ask";
import { ColumnChart, ShareBar } from "../../components/bars";
import { useDo } from "../../components/do";
import { Figure } from "../../components/figure";
import { count, objectTitle, percent, when } from "../../components/format";
import { JobPanel } from "../../components/job-panel";
import { Mark } from "../../components/marks";
import { Empty, Page, Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute, type Route } from "../../components/route";
import tables from "../../components/table.module.css";
import { usePageJob } from "../../components/use-page-job";
import { profileQueries } from "./api";
import { BarList } from "./bars";
import { Clusters } from "./clusters";
import { FieldPage } from "./field-page";
import { Findings } from "./findings";
import { Graph } from "./graph";
import { gaps } from "./model";
import css from "./profile.module.css";
import { words } from "./strings";

/** ProfilePage shows what was measured: all of it in pictures, or one field in full. */
export function ProfilePage({ route }: { route: Route }) {
  const [object, field] = route.rest;
  return object !== undefined && field !== undefined ? <FieldPage key={`${object} ${field}`} object={object} field={field} /> : <Overview />;
}

function Overview() {
  const view = useQuery(profileQueries.overview());
  const measure = usePageJob(records.profile, ["profile"]);
  const write = useDo(profiles.write);
  const [written, setWritten] = useState("");
  const save = async (kind: string) => setWritten((await write.ask(kind)) ?? "");
  return (
    <Ask of={view}>
      {(v) => (
        <Page
          title={words.title}
          lead={words.lead}
          actions={
            v.objects.length > 0 && (
              <>
                <Button variant="default" loading={write.busy} onClick={() => void save("xlsx")}>
                  {words.xlsx}
                </Button>
                <Button variant="default" loading={write.busy} onClick={() => void save("pdf")}>
                  {words.pdf}
                </Button>
                <Button variant="default" loading={measure.active} onClick={() => measure.start.run()}>
                  {words.measure}
                </Button>
              </>
            )
          }
        >
          {measure.start.problem && <ProblemNote problem={measure.start.problem} />}
          {write.problem && <ProblemNote problem={write.problem} />}
          {measure.active && measure.job && <JobPanel job={measure.job} />}
          <p role="status" className={written === "" ? "hidden-text" : "soft"}>
            {written === "" ? "" : words.written(written)}
          </p>
          {v.objects.length === 0 ? (
            <Empty
              title={words.empty}
              buttons={
                <Button component="a" href={formatRoute("source")}>
                  {words.emptyButton}
                </Button>
              }
            >
              {words.emptyBody}
            </Empty>
          ) : (
            <Measured view={v} />
          )}
        </Page>
      )}
    </Ask>
  );
}

function Measured({ view }: { view: ProfileView }) {
  return (
    <>
      <Ready score={view.score} at={view.at} />
      <Graph graph={view.graph} />
      <Clusters />
      <Section title={words.findings}>
        <Findings list={view.findings} />
      </Section>
      {view.objects.map((o) => (
        <OneObject key={o.object} of={o} />
      ))}
    </>
  );
}

function Ready({ score, at }: { score: ScoreView; at: string }) {
  const enough = score.points >= score.enough;
  return (
    <section className={`card pad ${css.ready}`} aria-label={words.ready}>
      <div className="between">
        <h2>{words.ready}</h2>
        {at !== "" && <span className="faint">{when(at)}</span>}
      </div>
      <div className={css.score}>
        <strong>{count(score.points)}</strong>
        <span className={css.meter} role="img" aria-label={`${words.points(count(score.points))}. ${words.enough(count(score.enough))}`}>
          <span className={css.reached} data-enough={enough} style={{ width: `${score.points}%` }} />
          <span className={css.mark} style={{ left: `${score.enough}%` }} />
        </span>
        <Mark tone={enough ? "pass" : "warn"}>{enough ? words.reached : words.notYet}</Mark>
      </div>
      <p className="faint">
        {words.enough(count(score.enough))}. {score.formula}
      </p>
      {score.lines.length > 0 && (
        <details className={css.lines}>
          <summary>{words.lines(count(score.lines.length))}</summary>
          <table className={`${tables.table} ${tables.dense}`}>
            <thead>
              <tr>
                <th>{words.findings}</th>
                <th>{words.records}</th>
                <th className={tables.num}>{words.count}</th>
                <th className={tables.num}>{words.share}</th>
                <th className={tables.num}>{words.cost}</th>
              </tr>
            </thead>
            <tbody>
              {score.lines.map((l) => (
                <tr key={l.code + l.object + l.field}>
                  <td>{l.what}</td>
                  <td className="soft">{objectTitle(l.object)}</td>
                  <td className={tables.num}>{count(l.count)}</td>
                  <td className={tables.num}>{percent(Math.min(l.count, l.rows), l.rows)}</td>
                  <td className={tables.num}>−{l.cost.toLocaleString(undefined, { minimumFractionDigits: 1 })}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </section>
  );
}

function OneObject({ of }: { of: ProfileObject }) {
  const [all, setAll] = useState(false);
  const missing = gaps(of.fields, of.rows.value);
  const fields = all ? of.fields : missing;
  return (
    <Section
      title={of.title}
      aside={
        <span className="soft">
          <Figure of={of.rows} what={of.title} />
        </span>
      }
    >
      <div className={css.two}>
        <div className="card pad">
          <div className="between">
            <h3>{words.fill}</h3>
            {missing.length < of.fields.length && (
              <UnstyledButton className="faint" onClick={() => setAll(!all)}>
                {all ? words.fewer : words.all(count(of.fields.length))}
              </UnstyledButton>
            )}
          </div>
          {fields.length === 0 && <p className="soft">{words.full}</p>}
          <ul className={css.fields}>
            {fields.map((f) => (
              <li key={f.name}>
                <a href={formatRoute("profile", [of.object, f.name])} className="clip">
                  {f.name}
                </a>
                <ShareBar part={f.filled.value} all={of.rows.value} label={`${f.name}, ${words.filled}`} />
              </li>
            ))}
          </ul>
        </div>
        <div className="stack">
          {of.ages.length > 0 && (
            <div className="card pad">
              <ColumnChart title={words.ages} buckets={of.ages} />
            </div>
          )}
          {of.states.length > 0 && (
            <div className="card pad">
              <h3>{words.states(of.state)}</h3>
              <BarList what={of.state} rows={of.states.map((s) => ({ name: s.value, count: s.count }))} />
            </div>
          )}
          {of.owners.length > 0 && (
            <div className="card pad">
              <h3>{words.owners}</h3>
              <BarList what={words.owners} rows={of.owners.map((w) => ({ name: `${w.name} (${w.field})`, count: w.count }))} />
            </div>
          )}
        </div>
      </div>
    </Section>
  );
}
