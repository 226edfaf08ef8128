import { Button } from "@mantine/core";
import { infiniteQueryOptions, queryOptions, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { toProblem } from "../../api/call";
import { checks } from "../../api/services";
import type { CheckItem, CheckView, Difference } from "../../api/types";
import { Waiting, Ask } from "../../components/ask";
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
  const last = useQuery(lastQuery);
  const run = usePageJob(checks.run, ["check"]);
  return (
    <Ask of={last}>
      {(view) => {
        const open = view.checks.find((c) => c.code === route.rest[0] && c.object === (route.rest[1] ?? ""));
        return (
          <Page
            title={words.title}
            lead={words.lead}
            actions={
              view.ran && (
                <Button loading={run.active} onClick={() => run.start.run()}>
                  {words.again}
                </Button>
              )
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
                  <Button loading={run.active} onClick={() => run.start.run()}>
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

/** failuresFirst puts what did not pass on top, and keeps the order otherwise. */
export function failuresFirst(items: CheckItem[]): CheckItem[] {
  return [...items.filter((c) => !c.passed), ...items.filter((c) => c.passed)];
}

function Result({ view, open }: { view: CheckView; open: CheckItem | undefined }) {
  return (
    <>
      <Verdict tone={view.passed ? "pass" : "fail"} title={view.passed ? words.passed : words.failed}>
        <p>{view.words}</p>
        <p className="faint">{words.at(when(view.at))}</p>
      </Verdict>
      <div className={tables.wrap}>
        <table className={`${tables.table} ${tables.hover} ${tables.top}`}>
          <thead>
            <tr>
              <th>{words.result}</th>
              <th>{words.check}</th>
              <th className={tables.num}>{words.looked}</th>
              <th className={tables.num}>{words.bad}</th>
              <th className={tables.num}>{words.allowed}</th>
            </tr>
          </thead>
          <tbody>
            {failuresFirst(view.checks).map((c) => (
              <tr key={c.code + c.object} data-selected={c === open}>
                <td>
                  <Mark tone={c.passed ? "pass" : "fail"}>{c.passed ? words.pass : words.fail}</Mark>
                </td>
                <td>
                  <a className={tables.open} href={formatRoute("check", [c.code, c.object])}>
                    {c.title}
                  </a>
                  <div className="faint">{c.object === "" ? c.why : `${objectTitle(c.object)}. ${c.why}`}</div>
                </td>
                <td className={tables.num}>{count(c.looked_at)}</td>
                <td className={tables.num}>
                  <Figure of={c.failed} what={c.title} />
                </td>
                <td className={`${tables.num} soft`}>{c.threshold === 0 ? words.none : words.upTo(decimal(c.threshold))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Differences({ item, onClose }: { item: CheckItem; onClose: () => void }) {
  const list = useInfiniteQuery(differencesQuery(item.code, item.object));
  const rows = list.data?.pages.flat() ?? [];
  return (
    <SidePanel wide title={item.title} sub={<p className="faint">{item.why}</p>} onClose={onClose}>
      <div className="stack">
        <p>
          <Mark tone={item.passed ? "pass" : "fail"}>{item.passed ? words.pass : words.fail}</Mark>
        </p>
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
