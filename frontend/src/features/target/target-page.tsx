import { Button } from "@mantine/core";
import { IconCheck, IconFlask, IconMinus, IconPlug } from "@tabler/icons-react";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { target } from "../../api/services";
import type { DeskView } from "../../api/types";
import { Ask } from "../../components/ask";
import { useDo } from "../../components/do";
import { GapList } from "../../components/gap-list";
import { Mark } from "../../components/marks";
import { Page, Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute } from "../../components/route";
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
              <GapList gaps={d.gaps} />
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
