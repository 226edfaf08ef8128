import { Button } from "@mantine/core";
import { IconCheck, IconFlask, IconMinus, IconPlug } from "@tabler/icons-react";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { target } from "../../api/services";
import type { DeskView, Gap } from "../../api/types";
import { Ask } from "../../components/ask";
import { useDo } from "../../components/do";
import { Figure } from "../../components/figure";
import { Mark, Pill } from "../../components/marks";
import { Page, Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute } from "../../components/route";
import tables from "../../components/table.module.css";
import { words } from "./strings";
import css from "./target.module.css";

const deskQuery = queryOptions({ queryKey: ["target", "desk"], queryFn: target.desk });

/** TargetPage connects the desk to move to and shows what it lacks. */
export function TargetPage() {
  const desk = useQuery(deskQuery);
  const [other, setOther] = useState(false);
  return (
    <Ask of={desk}>
      {(d) => (
        <Page
          title={words.title}
          lead={words.lead}
          actions={
            d.connected && (
              <>
                <Button variant="default" loading={desk.isFetching} onClick={() => void desk.refetch()}>
                  {words.refresh}
                </Button>
                <Button variant="default" onClick={() => setOther(!other)} aria-expanded={other}>
                  {words.other}
                </Button>
              </>
            )
          }
        >
          {d.error && <ProblemNote problem={d.error} onRetry={() => void desk.refetch()} />}
          {(!d.connected || other) && <Ways practice={!(d.connected && d.practice)} onDone={() => setOther(false)} />}
          {d.connected && (
            <>
              <Desk desk={d} />
              <Gaps gaps={d.gaps} />
            </>
          )}
        </Page>
      )}
    </Ask>
  );
}

function Ways({ practice, onDone }: { practice: boolean; onDone: () => void }) {
  const start = useDo(target.startPractice, onDone);
  return (
    <div className={css.ways}>
      {practice && (
        <section className={`card ${css.way}`} aria-label={words.practice}>
          <h2 className="row">
            <IconFlask size={22} stroke={1.6} color="var(--accent)" aria-hidden />
            {words.practice}
          </h2>
          <p className="soft">{words.practiceBody}</p>
          {start.problem && <ProblemNote problem={start.problem} />}
          <Button loading={start.busy} onClick={() => start.run()}>
            {words.practiceStart}
          </Button>
        </section>
      )}
      <section className={`card ${css.way}`} aria-label={words.connectTitle}>
        <h2 className="row">
          <IconPlug size={22} stroke={1.6} color="var(--accent)" aria-hidden />
          {words.connectTitle}
        </h2>
        <p className="soft">{words.connectBody}</p>
        <Button component="a" href={formatRoute("connect", ["target"])} variant="default">
          {words.connect}
        </Button>
      </section>
    </div>
  );
}

function Desk({ desk }: { desk: DeskView }) {
  return (
    <Section
      title={desk.title}
      aside={
        <span className="row">
          <a href={formatRoute("connect", ["target"])}>{words.details}</a>
          <Mark tone={desk.error ? "fail" : "pass"}>{desk.error ? words.notConnected : words.connected}</Mark>
        </span>
      }
    >
      <div className={`card ${css.desk}`}>
        <div>
          <dl className={css.dl}>
            <dt>{words.address}</dt>
            <dd className={/^https?:/.test(desk.address) ? "mono" : ""}>{desk.address}</dd>
            <dt>{words.account}</dt>
            <dd>{desk.account}</dd>
            <dt>{words.as}</dt>
            <dd>{desk.as}</dd>
          </dl>
        </div>
        <div>
          <h3>{words.rights}</h3>
          <ul className={css.list}>
            {desk.rights.map((r) => (
              <li key={r}>
                <IconCheck size={16} color="var(--pass)" aria-hidden />
                <span>{r}</span>
              </li>
            ))}
            {desk.missing.map((r) => (
              <li key={r}>
                <IconMinus size={16} color="var(--fail)" aria-hidden />
                <span>
                  <span className="hidden-text">{words.missing}: </span>
                  {r}
                </span>
              </li>
            ))}
          </ul>
        </div>
        {desk.objects.length > 0 && (
          <div>
            <h3>{words.holds}</h3>
            <dl className={css.dl} style={{ marginTop: 6 }}>
              {desk.objects.map((o) => (
                <div key={o.name} style={{ display: "contents" }}>
                  <dt>{o.name}</dt>
                  <dd style={{ fontVariantNumeric: "tabular-nums" }}>{o.value}</dd>
                </div>
              ))}
            </dl>
          </div>
        )}
      </div>
    </Section>
  );
}

function Gaps({ gaps }: { gaps: Gap[] }) {
  const create = useDo(target.createGap);
  const all = useDo(target.createAllGaps);
  const able = gaps.filter((g) => g.can_create).length;
  const problem = create.problem ?? all.problem;
  return (
    <Section
      title={words.gaps}
      aside={
        able > 1 && (
          <Button loading={all.busy} onClick={() => all.run()}>
            {words.createAll(able)}
          </Button>
        )
      }
    >
      {problem && <ProblemNote problem={problem} />}
      {gaps.length === 0 ? (
        <p>
          <Mark tone="pass">{words.noGaps}</Mark>
        </p>
      ) : (
        <div className={tables.wrap}>
          <table className={tables.table}>
            <thead>
              <tr>
                <th>{words.gap}</th>
                <th>{words.why}</th>
                <th className={tables.num}>{words.used}</th>
                <td />
              </tr>
            </thead>
            <tbody>
              {gaps.map((g) => (
                <tr key={g.id}>
                  <td>
                    <strong>{g.what}</strong>
                  </td>
                  <td className="soft">{g.why}</td>
                  <td className={tables.num}>
                    <Figure of={g.count} what={g.what} />
                  </td>
                  <td className={tables.num}>
                    {g.can_create ? (
                      <Button size="compact-sm" variant="default" disabled={create.busy || all.busy} onClick={() => create.run(g.id)} aria-label={`${words.create}: ${g.what}`}>
                        {words.create}
                      </Button>
                    ) : (
                      <Pill>{words.byHand}</Pill>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}
