import { Button, Modal } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { queries } from "../../api/queries";
import { runs } from "../../api/services";
import type { HeldGroup } from "../../api/types";
import { Ask } from "../../components/ask";
import { Figure } from "../../components/figure";
import { count, objectTitle } from "../../components/format";
import { JobPanel } from "../../components/job-panel";
import { Empty, Page } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { recordsRoute } from "../../components/route";
import { usePageJob } from "../../components/use-page-job";
import css from "./held.module.css";
import { HeldWorkbook } from "./held-workbook";
import { RepairForm, type Fix } from "./repair-form";
import { words } from "./strings";

const heldQuery = queryOptions({ queryKey: ["held"], queryFn: runs.held });

/** keyOf tells groups apart. */
function keyOf(g: HeldGroup): string {
  return `${g.object}/${g.code}/${g.field}`;
}

/** HeldPage groups what could not be moved by what mends it, and mends a group by one decision. */
export function HeldPage() {
  const held = useQuery(heldQuery);
  const home = useQuery(queries.home());
  const [open, setOpen] = useState("");
  const [asking, setAsking] = useState(false);
  const retry = usePageJob(runs.retry, ["retry"]);
  const fix = usePageJob(runs.fix, [], () => setOpen(""));
  const apply = usePageJob(runs.applyHeld);
  const all = [fix, retry, apply];
  const work = all.find((j) => j.active) ?? all.reduce((a, b) => ((b.job?.started ?? "") > (a.job?.started ?? "") ? b : a));
  const busy = all.some((j) => j.active);
  const total = (held.data ?? []).reduce((n, g) => n + g.count.value, 0);
  return (
    <Page
      title={words.title}
      lead={words.lead}
      actions={
        total > 0 && (
          <>
            <HeldWorkbook busy={busy} apply={apply.start} />
            <Button variant="default" title={words.retryHint} disabled={busy} onClick={() => setAsking(true)}>
              {words.retry}…
            </Button>
          </>
        )
      }
    >
      {retry.start.problem && !asking && <ProblemNote problem={retry.start.problem} />}
      {work.job && <JobPanel job={work.job} />}
      <Ask of={held}>
        {(groups) =>
          groups.length === 0 ? (
            <Empty title={words.none}>{words.noneBody}</Empty>
          ) : (
            <>
              <p className="soft">{words.total(count(total))}</p>
              {groups.map((g) => (
                <Group key={keyOf(g)} group={g} open={open === keyOf(g)} busy={busy} fix={fix.start} onOpen={() => setOpen(open === keyOf(g) ? "" : keyOf(g))} />
              ))}
            </>
          )
        }
      </Ask>
      <Modal opened={asking} onClose={() => setAsking(false)} title={words.retryTitle}>
        <p>{words.retryBody(count(total), home.data?.project.target ?? "")}</p>
        {retry.start.problem && <ProblemNote problem={retry.start.problem} />}
        <div className="row" style={{ justifyContent: "flex-end", marginTop: 20 }}>
          <Button variant="default" onClick={() => setAsking(false)}>
            {words.excel.cancel}
          </Button>
          <Button
            data-autofocus
            loading={retry.start.busy}
            onClick={() => {
              void retry.start.ask().then((id) => {
                if (id !== undefined) setAsking(false);
              });
            }}
          >
            {words.retry}
          </Button>
        </div>
      </Modal>
    </Page>
  );
}

function Group({ group, open, busy, fix, onOpen }: { group: HeldGroup; open: boolean; busy: boolean; fix: Fix; onOpen: () => void }) {
  const g = group;
  const Chevron = open ? IconChevronDown : IconChevronRight;
  return (
    <article className={css.group} aria-label={g.title}>
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
        <Button variant={open ? "default" : "light"} aria-expanded={open} leftSection={<Chevron size={15} aria-hidden />} aria-label={`${open ? words.close : words.repair}: ${g.title}`} onClick={onOpen}>
          {open ? words.close : words.repair}
        </Button>
        {g.count.filter && (
          <Button component="a" href={recordsRoute(g.count.filter)} variant="default" aria-label={`${words.show}: ${g.title}`}>
            {words.show}
          </Button>
        )}
      </div>
      {open && <RepairForm group={g} busy={busy} fix={fix} />}
    </article>
  );
}
