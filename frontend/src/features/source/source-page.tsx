import { Button, TextInput } from "@mantine/core";
import { IconFileImport } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { source } from "../../api/services";
import type { SideView, Table } from "../../api/types";
import { onFileDrop } from "../../api/wails";
import { Ask } from "../../components/ask";
import { useDo } from "../../components/do";
import { count, duration, objectTitle, size } from "../../components/format";
import { JobPanel } from "../../components/job-panel";
import { Mark, Pill } from "../../components/marks";
import { Page, Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute, type Route } from "../../components/route";
import tables from "../../components/table.module.css";
import { usePageJob } from "../../components/use-page-job";
import { sourceQueries } from "./api";
import { linkTotals, needsPlaceholder, stateOf } from "./model";
import css from "./source.module.css";
import { words } from "./strings";
import { FurtherSources } from "../truth/further";
import { TruthPage } from "../truth/truth-page";
import { TablePage } from "./table-page";

/** SourcePage takes the export files in, shows what was found, and reads everything. */
export function SourcePage({ route }: { route: Route }) {
  const list = useQuery(sourceQueries.tables());
  const desk = useQuery(sourceQueries.desk());
  const name = route.rest[0];
  if (route.query["truth"] !== undefined) return <TruthPage route={route} />;
  return (
    <Ask of={list}>
      {(found) => {
        const table = found.find((t) => t.name === name);
        if (!table && found.length === 0 && desk.data?.connected && !desk.data.files && route.query["files"] === undefined) return <DeskSource desk={desk.data} />;
        return table ? <TablePage key={table.name} table={table} all={found} /> : <Overview found={found} />;
      }}
    </Ask>
  );
}

function Overview({ found }: { found: Table[] }) {
  const problems = useQuery(sourceQueries.problems());
  const inspect = usePageJob(source.inspect, ["inspect"]);
  const propose = usePageJob(source.propose);
  const read = usePageJob(source.read, ["read"]);
  const busy = inspect.active || propose.active || read.active;
  const shown = [read, inspect, propose].find((j) => j.active)?.job ?? read.job ?? inspect.job ?? propose.job;
  const failed = inspect.start.problem ?? propose.start.problem ?? read.start.problem;
  const stop = problems.data ?? [];

  return (
    <Page
      title={words.title}
      lead={words.lead}
      actions={
        found.length > 0 && (
          <>
            <Button variant="default" disabled={busy} onClick={() => propose.start.run()}>
              {words.propose}
            </Button>
            <Button disabled={busy || stop.length > 0} title={words.readHint} onClick={() => read.start.run()}>
              {words.readAll}
            </Button>
          </>
        )
      }
    >
      {failed && <ProblemNote problem={failed} />}
      {shown && <JobPanel job={shown} />}
      <DropZone slim={found.length > 0} busy={busy} onPaths={(paths) => inspect.start.run(paths)} />
      {found.length === 0 && (
        <section className={`card ${css.instead}`} aria-label={words.desk}>
          <div className="grow">
            <h2>{words.desk}</h2>
            <p className="soft">{words.deskBody}</p>
          </div>
          <Button component="a" href={formatRoute("connect", ["source"])} variant="default">
            {words.deskButton}
          </Button>
        </section>
      )}
      {stop.length > 0 && found.length > 0 && (
        <Section title={words.problems}>
          {stop.map((p) => (
            <ProblemNote key={p.code + p.what} problem={p} tone="warn" />
          ))}
        </Section>
      )}
      {needsPlaceholder(found) && <Placeholder busy={busy} />}
      {found.length > 0 && (
        <Section title={words.tables}>
          <TableList found={found} />
        </Section>
      )}
      <FurtherSources />
    </Page>
  );
}

/** DeskSource reads the help desk that is connected as the source. */
function DeskSource({ desk }: { desk: SideView }) {
  const read = usePageJob(source.read, ["read"]);
  const total = desk.objects.reduce((n, o) => n + o.count.value, 0);
  return (
    <Page
      title={words.title}
      lead={words.deskLead}
      actions={
        <>
          <Button component="a" href={formatRoute("connect", ["source"])} variant="default">
            {words.deskDetails}
          </Button>
          <Button disabled={read.active} title={words.readHint} onClick={() => read.start.run()}>
            {words.readAll}
          </Button>
        </>
      }
    >
      {read.start.problem && <ProblemNote problem={read.start.problem} />}
      {read.job && <JobPanel job={read.job} />}
      <Section title={desk.title} aside={<Mark tone="pass">{words.deskConnected}</Mark>}>
        <div className="card pad">
          <p>{words.deskAs(desk.account, desk.as)}</p>
          {desk.counted !== "" && <p className="soft">{words.deskHolds(count(total), duration(desk.low_s), duration(desk.high_s))}</p>}
          {desk.missing.length > 0 && (
            <p>
              <Mark tone="warn">{words.deskMissing(desk.missing.join("; "))}</Mark>
            </p>
          )}
        </div>
      </Section>
      <FurtherSources />
    </Page>
  );
}

/** Placeholder offers one customer for tickets that name nobody. */
function Placeholder({ busy }: { busy: boolean }) {
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const add = useDo(source.addPlaceholder);
  return (
    <Section title={words.placeholder}>
      <p className="soft">{words.placeholderWhy}</p>
      <form
        className={css.placeholder}
        onSubmit={(e) => {
          e.preventDefault();
          add.run(name, email);
        }}
      >
        <TextInput label={words.placeholderName} placeholder={words.placeholderNameHint} value={name} onChange={(e) => setName(e.currentTarget.value)} />
        <TextInput label={words.placeholderEmail} placeholder={words.placeholderEmailHint} value={email} onChange={(e) => setEmail(e.currentTarget.value)} />
        <Button type="submit" variant="default" disabled={busy} loading={add.busy}>
          {words.placeholderAdd}
        </Button>
      </form>
      {add.problem && <ProblemNote problem={add.problem} />}
    </Section>
  );
}

function DropZone({ slim, busy, onPaths }: { slim: boolean; busy: boolean; onPaths: (paths: string[]) => void }) {
  const [over, setOver] = useState(false);
  const pick = useDo(source.pickFiles, (paths) => {
    if (paths.length > 0) onPaths(paths);
  });
  useEffect(() => onFileDrop((paths) => {
    setOver(false);
    if (paths.length > 0) onPaths(paths);
  }));
  return (
    <div
      className={`${css.drop} ${slim ? css.slim : ""}`}
      data-over={over}
      onDragEnter={() => setOver(true)}
      onDragOver={() => setOver(true)}
      onDragLeave={() => setOver(false)}
      onDrop={() => setOver(false)}
    >
      <IconFileImport size={slim ? 22 : 36} stroke={1.5} aria-hidden />
      {slim ? (
        <p>{words.drop}</p>
      ) : (
        <>
          <h2>{words.drop}</h2>
          <p>{words.dropHint}</p>
        </>
      )}
      <Button variant={slim ? "default" : "filled"} disabled={busy} loading={pick.busy} onClick={() => pick.run()}>
        {slim ? words.more : words.pick}
      </Button>
      {pick.problem && <ProblemNote problem={pick.problem} />}
    </div>
  );
}

function TableState({ table }: { table: Table }) {
  const state = stateOf(table);
  if (state === "refused") return <Mark tone="fail">{words.refused}</Mark>;
  if (state === "look") return <Mark tone="warn">{table.notes.length > 0 ? words.notesN(table.notes.length) : words.look}</Mark>;
  return <Mark tone="pass">{words.fine}</Mark>;
}

function TableList({ found }: { found: Table[] }) {
  const w = words.tableHead;
  return (
    <div className={tables.wrap}>
      <table className={`${tables.table} ${tables.hover}`}>
        <thead>
          <tr>
            <th>{w.name}</th>
            <th>{w.becomes}</th>
            <th className={tables.num}>{w.rows}</th>
            <th className={tables.num}>{w.broken}</th>
            <th className={tables.num}>{w.links}</th>
            <th>{w.state}</th>
          </tr>
        </thead>
        <tbody>
          {found.map((t) => {
            const links = linkTotals(t);
            return (
              <tr key={t.name}>
                <td>
                  <a className={tables.open} href={formatRoute("source", [t.name])}>
                    {t.name}
                  </a>
                  <div className="faint">
                    {t.kind.toUpperCase()} · {size(t.size)} · {words.columnsN(count(t.columns.length))}
                  </div>
                </td>
                <td>
                  <div className={css.becomes}>
                    {t.outputs.length === 0 ? <span className="soft">{words.notMoved}</span> : t.outputs.map((o) => <Pill key={o.object}>{objectTitle(o.object)}</Pill>)}
                  </div>
                </td>
                <td className={tables.num}>{count(t.rows)}</td>
                <td className={tables.num}>{t.broken > 0 ? <Mark tone="warn" size={14}>{count(t.broken)}</Mark> : <span className="faint">0</span>}</td>
                <td className={tables.num}>
                  {count(links.matched)}
                  {links.orphans > 0 && (
                    <div className="faint">
                      {count(links.orphans)} {words.brokenLinks}
                    </div>
                  )}
                </td>
                <td>
                  <TableState table={t} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
