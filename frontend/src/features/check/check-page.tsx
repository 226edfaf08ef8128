import { Button, Modal, Switch, Textarea, TextInput } from "@mantine/core";
import { infiniteQueryOptions, queryOptions, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { toProblem } from "../../api/call";
import { checks } from "../../api/services";
import type { CheckItem, CheckView, Difference } from "../../api/types";
import { Waiting, Ask } from "../../components/ask";
import { useDo } from "../../components/do";
import { Figure } from "../../components/figure";
import { count, decimal, objectTitle, when } from "../../components/format";
import { JobPanel } from "../../components/job-panel";
import { Mark, Verdict } from "../../components/marks";
import { Empty, Page, SidePanel } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute, recordsRoute, replace, type Route } from "../../components/route";
import tables from "../../components/table.module.css";
import { usePageJob } from "../../components/use-page-job";
import css from "./check.module.css";
import { PilotPage } from "./pilot";
import { words } from "./strings";

const PAGE = 50;
const lastQuery = queryOptions({ queryKey: ["check", "last"], queryFn: checks.last });
const differencesQuery = (code: string, object: string) =>
  infiniteQueryOptions({
    queryKey: ["check", "differences", code, object],
    queryFn: ({ pageParam }) => checks.differences(code, object, pageParam, PAGE),
    initialPageParam: "",
    getNextPageParam: (last: Difference[]) => (last.length < PAGE ? undefined : last.at(-1)?.after),
  });

/** CheckPage says whether everything arrived, and where not. */
export function CheckPage({ route }: { route: Route }) {
  return route.rest[0] === "pilot" ? <PilotPage /> : <Checked route={route} />;
}

function Checked({ route }: { route: Route }) {
  const last = useQuery(lastQuery);
  const run = usePageJob(checks.runAs, ["check"]);
  return (
    <Ask of={last}>
      {(view) => {
        const open = view.checks.find((c) => c.code === route.rest[0] && c.object === (route.rest[1] ?? ""));
        return (
          <Page
            title={words.title}
            lead={words.lead}
            actions={
              <>
                <Button component="a" variant="default" href={formatRoute("check", ["pilot"])}>
                  {words.toPilot}
                </Button>
                {view.ran && (
                  <>
                    <Button variant="default" disabled={run.active} onClick={() => run.start.run("quick")}>
                      {words.quick}
                    </Button>
                    <Button variant="default" disabled={run.active} onClick={() => run.start.run("5%")}>
                      {words.sample}
                    </Button>
                    <Button loading={run.active} onClick={() => run.start.run("")}>
                      {words.again}
                    </Button>
                  </>
                )}
              </>
            }
            panel={open && <Differences key={open.code + open.object} item={open} onClose={() => replace(formatRoute("check"))} />}
          >
            {run.start.problem && <ProblemNote problem={run.start.problem} />}
            {run.job && (run.active || run.job.error) && <JobPanel job={run.job} />}
            {view.ran ? (
              <Result view={view} open={open} />
            ) : (
              <Empty
                title={words.never}
                buttons={
                  <Button loading={run.active} onClick={() => run.start.run("")}>
                    {words.run}
                  </Button>
                }
              >
                {words.neverBody}
              </Empty>
            )}
          </Page>
        );
      }}
    </Ask>
  );
}

/** byVerdict groups the checks: what did not pass, what was accepted all the same, what passed. */
export function byVerdict(items: CheckItem[]): { failed: CheckItem[]; accepted: CheckItem[]; passed: CheckItem[] } {
  const open = items.filter((c) => !c.passed && !c.waiver);
  return {
    failed: [...open.filter((c) => c.stop), ...open.filter((c) => !c.stop)],
    accepted: items.filter((c) => !c.passed && c.waiver),
    passed: items.filter((c) => c.passed),
  };
}

function Result({ view, open }: { view: CheckView; open: CheckItem | undefined }) {
  const groups = byVerdict(view.checks);
  const stopped = groups.failed.some((c) => c.stop);
  const normal = useDo(checks.setNormal);
  return (
    <div className="stack">
      <Verdict tone={view.passed ? "pass" : groups.failed.length > 0 ? "fail" : "warn"} title={view.passed ? words.passed : stopped ? words.stopped : words.failed}>
        <p>{view.words}</p>
        {view.deep !== "" && <p className="soft">{view.deep}</p>}
        <p className="faint">{words.at(when(view.at))}</p>
      </Verdict>
      {view.breached.length > 0 && (
        <details className={css.fold} open>
          <summary>{`${words.breached}: ${count(view.breached.length)}`}</summary>
          <ul className={css.plain}>
            {view.breached.slice(0, 100).map((b) => (
              <li key={b} dir="auto">
                {b}
              </li>
            ))}
          </ul>
        </details>
      )}
      {groups.failed.length > 0 && <Group title={words.groupFailed(groups.failed.length)} items={groups.failed} open={open} />}
      {groups.accepted.length > 0 && <Group title={words.groupAccepted(groups.accepted.length)} items={groups.accepted} open={open} />}
      {groups.passed.length > 0 && <Group title={words.groupPassed(groups.passed.length)} items={groups.passed} open={open} />}
      {view.not_possible.length > 0 && (
        <details className={css.fold} open>
          <summary>{words.groupNot(view.not_possible.length)}</summary>
          <p className="soft">{words.groupNotBody}</p>
          <ul className={css.plain}>
            {view.not_possible.map((m) => (
              <li key={m.title + m.object}>
                <Mark tone="faint">{m.object === "" ? m.title : `${m.title} (${m.object})`}</Mark>
                <div className="faint">{m.why}</div>
              </li>
            ))}
          </ul>
        </details>
      )}
      {view.equal.length > 0 && (
        <details className={css.fold}>
          <summary>{words.groupEqual}</summary>
          <p className="soft">{words.groupEqualBody}</p>
          {normal.problem && <ProblemNote problem={normal.problem} />}
          <ul className={css.plain}>
            {view.equal.map((e) => (
              <li key={e.code} className="between">
                <span>
                  {words.equal(count(e.count), e.title)}
                  <span className={`${css.under} faint`}>{e.why}</span>
                </span>
                <Switch label={words.use} aria-label={`${words.use}: ${e.title}`} defaultChecked={e.on} disabled={normal.busy} onChange={(x) => normal.run(e.code, x.currentTarget.checked)} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function stateOf(c: CheckItem): { tone: "pass" | "warn" | "fail"; word: string } {
  if (c.passed) return { tone: "pass", word: words.pass };
  if (c.waiver) return { tone: "warn", word: words.accepted };
  return { tone: "fail", word: c.stop ? words.stop : words.fail };
}

function Group({ title, items, open }: { title: string; items: CheckItem[]; open: CheckItem | undefined }) {
  return (
    <section>
      <h2 className={css.group}>{title}</h2>
      <div className={tables.wrap}>
        <table className={`${tables.table} ${tables.hover} ${tables.top} ${css.checks}`} aria-label={title}>
          <thead>
            <tr>
              <th>{words.result}</th>
              <th>{words.check}</th>
              <th className={tables.num}>{words.looked}</th>
              <th className={tables.num}>{words.good}</th>
              <th className={tables.num}>{words.bad}</th>
              <th className={tables.num}>{words.allowed}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((c) => (
              <tr key={c.code + c.object} data-selected={c === open}>
                <td>
                  <Mark tone={stateOf(c).tone}>{stateOf(c).word}</Mark>
                </td>
                <td>
                  <a className={tables.open} href={formatRoute("check", [c.code, c.object])}>
                    {c.title}
                  </a>
                  <div className="faint">{c.object === "" ? c.why : `${objectTitle(c.object)}. ${c.why}`}</div>
                  {!c.passed && c.examples[0] !== undefined && (
                    <div className="soft" dir="auto">
                      {c.examples[0]}
                    </div>
                  )}
                  {c.waiver && <div className="soft">{words.waivedBy(c.waiver.by, c.waiver.role, when(c.waiver.at))}</div>}
                </td>
                <td className={tables.num} title={c.scope}>
                  {count(c.looked_at)}
                  {c.scope.includes(" of ") && <div className={`${css.scope} faint`}>{c.scope}</div>}
                </td>
                <td className={tables.num}>{count(c.good)}</td>
                <td className={tables.num}>
                  <Figure of={c.failed} what={c.title} />
                </td>
                <td className={`${tables.num} soft`}>{c.threshold === 0 ? words.none : words.upTo(decimal(c.threshold))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Waiver({ item }: { item: CheckItem }) {
  const [asking, setAsking] = useState(false);
  const back = useDo(checks.unwaive);
  if (item.passed) return null;
  if (item.waiver)
    return (
      <div className={css.waiver}>
        <p>{words.waivedBy(item.waiver.by, item.waiver.role, when(item.waiver.at))}</p>
        <p dir="auto">{item.waiver.why}</p>
        {back.problem && <ProblemNote problem={back.problem} />}
        <Button variant="default" size="compact-sm" loading={back.busy} onClick={() => back.run(item.code, item.object)}>
          {words.waiveBack}
        </Button>
      </div>
    );
  if (item.waives === "") return <p className="soft">{words.waiveNever}</p>;
  return (
    <div>
      <Button variant="default" onClick={() => setAsking(true)}>
        {words.waive}
      </Button>
      <WaiveForm item={item} opened={asking} onClose={() => setAsking(false)} />
    </div>
  );
}

function WaiveForm({ item, opened, onClose }: { item: CheckItem; opened: boolean; onClose: () => void }) {
  const [form, setForm] = useState({ name: "", role: "", why: "" });
  const waive = useDo(checks.waive, onClose);
  const ready = form.name.trim() !== "" && form.role.trim() !== "" && form.why.trim() !== "";
  return (
    <Modal opened={opened} onClose={onClose} title={words.waiveTitle}>
      <form
        className="stack"
        onSubmit={(e) => {
          e.preventDefault();
          if (ready) waive.run(item.code, item.object, form.name.trim(), form.role.trim(), form.why.trim());
        }}
      >
        <p className="soft">{words.waiveBody(item.waives)}</p>
        <TextInput label={words.name} required data-autofocus value={form.name} onChange={(e) => setForm({ ...form, name: e.currentTarget.value })} />
        <TextInput label={words.role} required value={form.role} onChange={(e) => setForm({ ...form, role: e.currentTarget.value })} />
        <Textarea label={words.reason} required autosize minRows={2} value={form.why} onChange={(e) => setForm({ ...form, why: e.currentTarget.value })} />
        {waive.problem && <ProblemNote problem={waive.problem} />}
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <Button variant="default" onClick={onClose}>
            {words.cancel}
          </Button>
          <Button type="submit" loading={waive.busy} disabled={!ready}>
            {words.waiveDo}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

function Parts({ item }: { item: CheckItem }) {
  if (item.parts.length === 0) return null;
  return (
    <div className={tables.wrap}>
      <table className={`${tables.table} ${tables.dense}`}>
        <thead>
          <tr>
            <th>{words.part}</th>
            <th className={tables.num}>{words.expected}</th>
            <th className={tables.num}>{words.found}</th>
          </tr>
        </thead>
        <tbody>
          {item.parts.map((p) => (
            <tr key={p.by + p.of}>
              <td dir="auto">
                <Mark tone={p.same ? "pass" : "fail"}>{`${p.by} ${p.of}`}</Mark>
              </td>
              <td className={tables.num}>{p.expected}</td>
              <td className={tables.num}>{p.found}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Differences({ item, onClose }: { item: CheckItem; onClose: () => void }) {
  const list = useInfiniteQuery(differencesQuery(item.code, item.object));
  const rows = list.data?.pages.flat() ?? [];
  return (
    <SidePanel wide title={item.title} sub={<p className="faint">{item.why}</p>} onClose={onClose}>
      <div className="stack">
        <p className="between">
          <Mark tone={stateOf(item).tone}>{stateOf(item).word}</Mark>
          <span className="faint">{item.scope}</span>
        </p>
        <Waiver item={item} />
        <Parts item={item} />
        {list.error && <ProblemNote problem={toProblem(list.error)} onRetry={() => void list.refetch()} />}
        {list.isPending && <Waiting lines={4} />}
        {list.data && rows.length === 0 && <p className="soft">{item.examples.length > 0 ? item.examples.join(" · ") : words.noDifferences}</p>}
        <ul className={css.list}>
          {rows.map((d, i) => (
            <OneDifference key={d.id + d.field + String(i)} difference={d} />
          ))}
        </ul>
        {list.hasNextPage && (
          <div>
            <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              {words.more}
            </Button>
          </div>
        )}
      </div>
    </SidePanel>
  );
}

function OneDifference({ difference }: { difference: Difference }) {
  const d = difference;
  return (
    <li className={css.difference}>
      <p className="between">
        <a href={recordsRoute({ object: d.object }, d.id)} title={words.openRecord} className="clip">
          {d.name || d.id}
        </a>
        <span className="faint">{[d.field, d.target_id].filter((s) => s !== "").join(" · ")}</span>
      </p>
      <dl className={css.pair}>
        <div>
          <dt>{words.expected}</dt>
          <dd dir="auto">{d.expected === "" ? <span className="faint">{words.gone}</span> : d.expected}</dd>
        </div>
        <div>
          <dt>{words.found}</dt>
          <dd dir="auto">{d.found === "" ? <span className="faint">{words.gone}</span> : d.found}</dd>
        </div>
      </dl>
    </li>
  );
}
