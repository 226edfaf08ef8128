import { Button, NumberInput, Select, TextInput } from "@mantine/core";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { checks } from "../../api/services";
import type { PilotRecord, PilotView } from "../../api/types";
import { Ask } from "../../components/ask";
import { useDo } from "../../components/do";
import { count, decimal, objectTitle, objectWord } from "../../components/format";
import { JobPanel } from "../../components/job-panel";
import { Pill, Verdict } from "../../components/marks";
import { Empty, Page } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute, recordsRoute } from "../../components/route";
import tables from "../../components/table.module.css";
import { usePageJob } from "../../components/use-page-job";
import css from "./check.module.css";
import { words } from "./strings";

const pilotQuery = queryOptions({ queryKey: ["check", "pilot"], queryFn: checks.pilot });

/** PilotPage shows the records of the rehearsal, each with why it is one. */
export function PilotPage() {
  const view = useQuery(pilotQuery);
  const [percent, setPercent] = useState<number | "">("");
  const job = usePageJob(checks.choosePilot, ["pilot"]);
  const choose = () => job.start.run(percent === "" ? 0 : percent);
  return (
    <Page
      title={words.pilot}
      lead={words.pilotLead}
      actions={
        <Button component="a" variant="default" href={formatRoute("check")}>
          {words.toCheck}
        </Button>
      }
    >
      {job.start.problem && <ProblemNote problem={job.start.problem} />}
      {job.job && (job.active || job.job.error) && <JobPanel job={job.job} />}
      <Ask of={view}>
        {(v) =>
          v.chosen ? (
            <div className="stack">
              <Verdict tone={v.percent === 100 ? "pass" : "warn"} title={words.covers(count(v.covered), count(v.features))}>
                <p>{words.pilotSize(count(v.records), count(v.needed))}</p>
                <p className="faint">{words.pilotPlan}</p>
              </Verdict>
              <form
                className={css.choose}
                onSubmit={(e) => {
                  e.preventDefault();
                  choose();
                }}
              >
                <NumberInput label={words.percent} description={words.percentHelp} value={percent} onChange={(x) => setPercent(typeof x === "number" ? x : "")} min={0.1} max={100} suffix=" %" />
                <Button type="submit" loading={job.active}>
                  {words.chooseAgain}
                </Button>
              </form>
              <Groups view={v} />
              <Records view={v} />
            </div>
          ) : (
            <Empty
              title={words.pilotNever}
              buttons={
                <Button loading={job.active} onClick={choose}>
                  {words.choose}
                </Button>
              }
            >
              {words.pilotNeverBody}
            </Empty>
          )
        }
      </Ask>
    </Page>
  );
}

function Groups({ view }: { view: PilotView }) {
  return (
    <div className={tables.wrap}>
      <table className={`${tables.table} ${tables.dense}`}>
        <thead>
          <tr>
            <th>{words.kind}</th>
            <th className={tables.num}>{words.covered}</th>
          </tr>
        </thead>
        <tbody>
          {view.groups.map((g) => (
            <tr key={g.name}>
              <td>{g.name}</td>
              <td className={tables.num}>
                {count(g.covered)} / {count(g.all)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {view.missing.length > 0 && (
        <details className={css.fold}>
          <summary>{`${words.missing}: ${decimal(view.features - view.covered)}`}</summary>
          <ul className={css.plain}>
            {view.missing.map((m) => (
              <li key={m}>{m}</li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function Records({ view }: { view: PilotView }) {
  const hand = useDo(checks.pilotHand);
  const [object, setObject] = useState("ticket");
  const [id, setID] = useState("");
  const kinds = [...new Set(["ticket", "contact", "organization", ...view.picks.map((p) => p.object)])];
  return (
    <>
      {hand.problem && <ProblemNote problem={hand.problem} />}
      <form
        className={css.choose}
        onSubmit={(e) => {
          e.preventDefault();
          if (id.trim() !== "") void hand.ask(object, id.trim(), "add", "").then((done) => done !== undefined && setID(""));
        }}
      >
        <Select label={words.object} data={kinds.map((k) => ({ value: k, label: objectTitle(k) }))} value={object} onChange={(x) => setObject(x ?? "ticket")} allowDeselect={false} />
        <TextInput label={words.number} value={id} onChange={(e) => setID(e.currentTarget.value)} />
        <Button type="submit" variant="default" loading={hand.busy} disabled={id.trim() === ""}>
          {words.addDo}
        </Button>
      </form>
      <List records={view.picks} button={words.takeOut} busy={hand.busy} act={(p) => hand.run(p.object, p.id, p.hand ? "leave" : "out", "")} />
      {view.more && <p className="faint">{words.pilotMore}</p>}
      {view.out.length > 0 && (
        <>
          <h2>{words.out}</h2>
          <List records={view.out} button={words.leave} busy={hand.busy} act={(p) => hand.run(p.object, p.id, "leave", "")} />
        </>
      )}
    </>
  );
}

function List({ records, button, busy, act }: { records: PilotRecord[]; button: string; busy: boolean; act: (p: PilotRecord) => void }) {
  return (
    <div className={tables.wrap}>
      <table className={`${tables.table} ${tables.hover} ${tables.top}`}>
        <thead>
          <tr>
            <th>{words.record}</th>
            <th>{words.why}</th>
            <th aria-label={button} />
          </tr>
        </thead>
        <tbody>
          {records.map((p) => (
            <tr key={p.object + p.id}>
              <td>
                <a className={tables.open} href={recordsRoute({ object: p.object }, p.id)} dir="auto">
                  {p.name || p.id}
                </a>
                <div className="faint">{`${objectWord(p.object)} ${p.id}`}</div>
              </td>
              <td>
                {p.hand && <Pill>{words.byHand}</Pill>} {p.why.slice(0, 6).join(" · ")}
                {p.why.length > 6 && <span className="faint">{` · +${String(p.why.length - 6)}`}</span>}
              </td>
              <td className={tables.num}>
                <Button size="compact-sm" variant="subtle" disabled={busy} onClick={() => act(p)} aria-label={`${button}: ${p.name || p.id}`}>
                  {button}
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
