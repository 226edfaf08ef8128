import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { HeldGroup, PlanView } from "../../api/types";
import { CameLater } from "../../components/came-later";
import { ConfirmNumber } from "../../components/confirm-number";
import type { Deed } from "../../components/do";
import { Figure } from "../../components/figure";
import { count, duration, when } from "../../components/format";
import { Mark } from "../../components/marks";
import { Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { fixRoute } from "../../components/route";
import tables from "../../components/table.module.css";
import { runQueries } from "./api";
import { CutoverWindow } from "./cutover-window";
import { LossList } from "./loss-list";
import { columnsOf, inTheWay, totalsOf } from "./model";
import { PreflightList } from "./preflight-list";
import css from "./run.module.css";
import { words } from "./strings";

/** PlanCard shows what a run would do, and lets it start only after the number was typed. */
export function PlanCard(props: {
  plan: PlanView;
  busy: boolean;
  /** A choice was made, so that the plan is made again by itself. */
  replanning?: boolean;
  starting: Deed<[string, string], string>;
  onPlan: () => void;
  onChosen: () => void;
}) {
  const { plan, busy, replanning = false, starting, onPlan, onChosen } = props;
  if (plan.stale !== "" && !replanning) {
    return (
      <>
        <CameLater busy={busy} />
        <Section title={words.planTitle} aside={<PlanOf plan={plan} />}>
          <ProblemNote tone="note" problem={{ code: "plan.stale", what: plan.used ? words.used : words.stale, why: plan.used ? "" : plan.stale, next: plan.used ? "" : words.staleNext }}>
            <Button size="compact-sm" disabled={busy} onClick={onPlan}>
              {words.planAgain}
            </Button>
          </ProblemNote>
        </Section>
      </>
    );
  }
  return (
    <>
      <CameLater busy={busy || replanning} />
      <Section title={words.planTitle} aside={<PlanOf plan={plan} />}>
        <div className={css.plan}>
          <PlanTable plan={plan} />
          <Facts plan={plan} />
          <Go plan={plan} busy={busy || replanning} replanning={replanning} starting={starting} />
        </div>
      </Section>
      <LossList losses={plan.losses} busy={busy} onChosen={onChosen} />
      {plan.stale === "" && <PreflightList plan={plan} busy={busy} />}
      {plan.groups.length > 0 && <HeldPreview groups={plan.groups} />}
    </>
  );
}

function PlanOf({ plan }: { plan: PlanView }) {
  const about = plan.part !== "" ? words.part(plan.part) : (words.scope[plan.scope] ?? "");
  return <span className="faint">{[about, words.planOf(when(plan.made), plan.mapping, plan.target)].filter((s) => s !== "").join(" · ")}</span>;
}

function Facts({ plan }: { plan: PlanView }) {
  return (
    <dl className={css.facts}>
      <div className={css.fact}>
        <dt>{words.takes}</dt>
        <dd>{words.takesRange(duration(plan.low_s), duration(plan.high_s))}</dd>
      </div>
      <div className={css.fact}>
        <dt>{words.requests}</dt>
        <dd>{count(plan.requests)}</dd>
      </div>
      <CutoverWindow plan={plan} />
      <div className={css.fact}>
        <dt>{words.mails}</dt>
        <dd>
          <Mark tone={plan.quiet ? "pass" : "warn"}>{plan.quiet ? words.noMails : words.mails_}</Mark>
        </dd>
      </div>
    </dl>
  );
}

function Go({ plan, busy, replanning, starting }: { plan: PlanView; busy: boolean; replanning: boolean; starting: Deed<[string, string], string> }) {
  const [asking, setAsking] = useState(false);
  const desk = useQuery(runQueries.desk());
  const found = useQuery({ ...runQueries.preflight(plan.id), enabled: plan.stale === "" });
  const stops = inTheWay(found.data);
  const practice = desk.data?.practice ?? false;
  const totals = totalsOf(plan);
  const label = plan.confirm || words.start;
  const hint = replanning ? words.replanning : stops.length > 0 ? words.inTheWay(stops.length) : found.isLoading ? words.looking : practice ? words.confirmPractice : words.confirmBody(plan.target);
  if (plan.number + totals.match + totals.hold + totals.skip + totals.conflict + totals.gone === 0) {
    return (
      <div className={css.go}>
        <span className="soft">{words.nothingAtAll}</span>
      </div>
    );
  }
  return (
    <div className={css.go}>
      <Button disabled={busy || found.isLoading || stops.length > 0} onClick={() => setAsking(true)}>
        {label}…
      </Button>
      <span className="soft">{plan.number === 0 ? words.nothing : hint}</span>
      <ConfirmNumber
        opened={asking}
        onClose={() => {
          setAsking(false);
          starting.forget();
        }}
        title={words.confirmTitle}
        number={plan.number}
        button={label}
        busy={starting.busy}
        problem={starting.problem}
        onConfirm={() => {
          void starting.ask(plan.id, String(plan.number)).then((id) => {
            if (id !== undefined) setAsking(false);
          });
        }}
      >
        <p>{words.confirmCanary}</p>
        <p>{words.confirmBody(plan.target)}</p>
        {practice && <p className="soft">{words.confirmPractice}</p>}
        <div className={css.plan}>
          <PlanTable plan={plan} />
        </div>
      </ConfirmNumber>
    </div>
  );
}

function PlanTable({ plan }: { plan: PlanView }) {
  const w = words.head;
  const totals = totalsOf(plan);
  const columns = columnsOf(totals);
  const hint = (c: string) => (words.headHint as Record<string, string | undefined>)[c];
  return (
    <div className={css.scrollX}>
      <table className={tables.table}>
        <thead>
          <tr>
            <th>{w.object}</th>
            {columns.map((c) => (
              <th key={c} className={tables.num} title={hint(c)}>
                {w[c]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {plan.objects.map((o) => (
            <tr key={o.object}>
              <th scope="row">{o.title}</th>
              {columns.map((c) => (
                <td key={c} className={tables.num}>
                  <Figure of={o[c]} />
                </td>
              ))}
            </tr>
          ))}
          <tr className={css.totals}>
            <th scope="row">{words.total}</th>
            {columns.map((c) => (
              <td key={c} className={tables.num}>
                {count(totals[c])}
              </td>
            ))}
          </tr>
        </tbody>
      </table>
    </div>
  );
}

function HeldPreview({ groups }: { groups: HeldGroup[] }) {
  return (
    <Section title={words.heldTitle}>
      <div className="card">
        <dl className={css.held}>
          {groups.map((g) => (
            <div key={g.code + g.object + g.field} style={{ display: "contents" }}>
              <dt>
                <Figure of={g.count} what={g.title} />
              </dt>
              <dd>
                <strong>{g.title}</strong> <span className="soft">{g.next}</span>
              </dd>
              <dd>
                {g.page !== "" && (
                  <Button component="a" href={fixRoute(g)} size="compact-sm" variant="default" aria-label={`${words.run.details}: ${g.title}`}>
                    {words.run.details}
                  </Button>
                )}
              </dd>
            </div>
          ))}
        </dl>
      </div>
    </Section>
  );
}
