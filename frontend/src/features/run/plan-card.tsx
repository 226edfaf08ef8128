import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { HeldGroup, PlanView } from "../../api/types";
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
import { totalsOf } from "./model";
import css from "./run.module.css";
import { words } from "./strings";

/** PlanCard shows what a run would do, and lets it start only after the number was typed. */
export function PlanCard(props: { plan: PlanView; busy: boolean; starting: Deed<[string, string], string>; onPlan: () => void }) {
  const { plan, busy, starting, onPlan } = props;
  const [asking, setAsking] = useState(false);
  const desk = useQuery(runQueries.desk());
  const totals = totalsOf(plan);
  const practice = desk.data?.practice ?? false;
  if (plan.stale !== "") {
    return (
      <Section title={words.planTitle} aside={<span className="faint">{words.planOf(when(plan.made), plan.mapping, plan.target)}</span>}>
        <ProblemNote tone="note" problem={{ code: "plan.stale", what: words.stale, why: plan.stale, next: words.staleNext }}>
          <Button size="compact-sm" disabled={busy} onClick={onPlan}>
            {words.planAgain}
          </Button>
        </ProblemNote>
      </Section>
    );
  }
  return (
    <Section title={words.planTitle} aside={<span className="faint">{words.planOf(when(plan.made), plan.mapping, plan.target)}</span>}>
      <div className={css.plan}>
        <PlanTable plan={plan} />
        <dl className={css.facts}>
          <div className={css.fact}>
            <dt>{words.takes}</dt>
            <dd>{words.takesRange(duration(plan.low_s), duration(plan.high_s))}</dd>
          </div>
          <div className={css.fact}>
            <dt>{words.requests}</dt>
            <dd>{count(plan.requests)}</dd>
          </div>
          <div className={css.fact}>
            <dt>{words.mails}</dt>
            <dd>
              <Mark tone={plan.quiet ? "pass" : "warn"}>{plan.quiet ? words.noMails : words.mails_}</Mark>
            </dd>
          </div>
        </dl>
        <div className={css.go}>
          {totals.create + totals.update === 0 ? (
            <span className="soft">{words.nothing}</span>
          ) : (
            <>
              <Button disabled={busy} onClick={() => setAsking(true)}>
                {plan.confirm || words.start}…
              </Button>
              <span className="soft">{practice ? words.confirmPractice : words.confirmBody(plan.target)}</span>
            </>
          )}
        </div>
      </div>
      {plan.groups.length > 0 && <HeldPreview groups={plan.groups} />}
      <ConfirmNumber
        opened={asking}
        onClose={() => {
          setAsking(false);
          starting.forget();
        }}
        title={words.confirmTitle}
        number={totals.create}
        button={plan.confirm || words.start}
        busy={starting.busy}
        problem={starting.problem}
        onConfirm={() => {
          void starting.ask(plan.id, String(totals.create)).then((id) => {
            if (id !== undefined) setAsking(false);
          });
        }}
      >
        <p>{words.confirmBody(plan.target)}</p>
        {practice && <p className="soft">{words.confirmPractice}</p>}
        <div className={css.plan}>
          <PlanTable plan={plan} />
        </div>
      </ConfirmNumber>
    </Section>
  );
}

function PlanTable({ plan }: { plan: PlanView }) {
  const w = words.head;
  const totals = totalsOf(plan);
  const updates = totals.update > 0;
  return (
    <table className={tables.table}>
      <thead>
        <tr>
          <th>{w.object}</th>
          <th className={tables.num}>{w.create}</th>
          {updates && <th className={tables.num}>{w.update}</th>}
          <th className={tables.num}>{w.skip}</th>
          <th className={tables.num}>{w.hold}</th>
        </tr>
      </thead>
      <tbody>
        {plan.objects.map((o) => (
          <tr key={o.object}>
            <th scope="row">{o.title}</th>
            <td className={tables.num}>
              <Figure of={o.create} />
            </td>
            {updates && (
              <td className={tables.num}>
                <Figure of={o.update} />
              </td>
            )}
            <td className={tables.num}>
              <Figure of={o.skip} />
            </td>
            <td className={tables.num}>
              <Figure of={o.hold} />
            </td>
          </tr>
        ))}
        <tr className={css.totals}>
          <th scope="row">{words.total}</th>
          <td className={tables.num}>{count(totals.create)}</td>
          {updates && <td className={tables.num}>{count(totals.update)}</td>}
          <td className={tables.num}>{count(totals.skip)}</td>
          <td className={tables.num}>{count(totals.hold)}</td>
        </tr>
      </tbody>
    </table>
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
