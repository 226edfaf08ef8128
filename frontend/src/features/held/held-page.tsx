import { Button } from "@mantine/core";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { runs } from "../../api/services";
import type { HeldGroup } from "../../api/types";
import { Ask } from "../../components/ask";
import { Figure } from "../../components/figure";
import { count, objectTitle } from "../../components/format";
import { JobPanel } from "../../components/job-panel";
import { Empty, Page } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { fixRoute, formatRoute, recordsRoute } from "../../components/route";
import { usePageJob } from "../../components/use-page-job";
import css from "./held.module.css";
import { words } from "./strings";

const heldQuery = queryOptions({ queryKey: ["held"], queryFn: runs.held });

/** HeldPage groups what could not be moved by what mends it. */
export function HeldPage() {
  const held = useQuery(heldQuery);
  const retry = usePageJob(runs.retry, ["retry"]);
  const total = (held.data ?? []).reduce((n, g) => n + g.count.value, 0);
  return (
    <Page
      title={words.title}
      lead={words.lead}
      actions={
        total > 0 && (
          <Button title={words.retryHint} loading={retry.active} onClick={() => retry.start.run()}>
            {words.retry}
          </Button>
        )
      }
    >
      {retry.start.problem && <ProblemNote problem={retry.start.problem} />}
      {retry.job && <JobPanel job={retry.job} />}
      <Ask of={held}>
        {(groups) =>
          groups.length === 0 ? (
            <Empty title={words.none}>{words.noneBody}</Empty>
          ) : (
            <>
              <p className="soft">{words.total(count(total))}</p>
              {groups.map((g) => (
                <Group key={g.code + g.object + g.field} group={g} />
              ))}
            </>
          )
        }
      </Ask>
    </Page>
  );
}

function Group({ group }: { group: HeldGroup }) {
  const g = group;
  return (
    <article className={css.group}>
      <div>
        <div className={css.number}>
          <Figure of={g.count} what={g.title} />
        </div>
        <div className="faint">{objectTitle(g.object)}</div>
      </div>
      <div className={css.body}>
        <h2 style={{ fontSize: 16, lineHeight: "24px" }}>{g.title}</h2>
        <p>{g.why}</p>
        <p className={css.next}>{g.next}</p>
        {g.examples.length > 0 && (
          <ul className={css.examples} aria-label={words.examples}>
            {g.examples.slice(0, 3).map((e, i) => (
              <li key={i} dir="auto">
                {e}
              </li>
            ))}
          </ul>
        )}
      </div>
      <div className={css.actions}>
        {g.page !== "" && (
          <Button component="a" href={fixRoute(g)} variant="light" aria-label={`${words.fix}: ${g.title}`}>
            {words.fix}
          </Button>
        )}
        {g.page !== "clean" && (
          <Button component="a" href={formatRoute("clean")} variant="default" title={words.leaveOutHint} aria-label={`${words.leaveOut}: ${g.title}`}>
            {words.leaveOut}
          </Button>
        )}
        {g.count.filter && (
          <Button component="a" href={recordsRoute(g.count.filter)} variant="default" aria-label={`${words.show}: ${g.title}`}>
            {words.show}
          </Button>
        )}
      </div>
    </article>
  );
}
