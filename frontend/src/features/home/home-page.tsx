import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { queries } from "../../api/queries";
import type { Activity, Home, Need } from "../../api/types";
import { Ask } from "../../components/ask";
import { Figure } from "../../components/figure";
import { ago, whenWithZone } from "../../components/format";
import { Manifest } from "../../components/manifest";
import { Mark, toneOf } from "../../components/marks";
import { Empty, Page, Section } from "../../components/page";
import { words as shared } from "../../components/strings";
import css from "./home.module.css";
import { words } from "./strings";

/** HomePage says in five seconds where things stand. */
export function HomePage() {
  const home = useQuery(queries.home());
  return <Ask of={home}>{(h) => <Content home={h} />}</Ask>;
}

function Content({ home }: { home: Home }) {
  return (
    <Page title={home.project.name || words.title} lead={home.verdict}>
      <div className={css.next}>
        <div className="grow">
          <p className={css.label}>{words.next}</p>
          <h2>{home.next.title}</h2>
          <p className="soft">{home.next.why}</p>
        </div>
        {home.next.button !== "" && (
          <Button component="a" href={`#/${home.next.page}`} size="md">
            {home.next.button}
          </Button>
        )}
      </div>
      {home.manifest.length === 0 ? (
        <Empty title={words.empty}>{words.emptyBody}</Empty>
      ) : (
        <Section
          title={words.manifest}
          aside={
            home.balances ? <Mark tone="pass">{words.balances}</Mark> : <span className="faint">{words.manifestHint}</span>
          }
        >
          <Manifest rows={home.manifest} />
        </Section>
      )}
      <div className={css.columns}>
        <Section title={words.needs}>
          {home.needs.length === 0 ? <p className={css.quiet}>{words.noNeeds}</p> : <Needs needs={home.needs} />}
        </Section>
        <Section title={words.activity}>
          {home.activity.length === 0 ? <p className={css.quiet}>{words.noActivity}</p> : <Activities list={home.activity} />}
        </Section>
      </div>
    </Page>
  );
}

function Needs({ needs }: { needs: Need[] }) {
  return (
    <ul className={css.list}>
      {needs.map((n) => (
        <li key={n.title + n.detail}>
          <span title={shared.severity[n.severity]}>
            <Mark tone={toneOf(n.severity)} size={18}>
              <span className="hidden-text">{shared.severity[n.severity]}</span>
            </Mark>
          </span>
          <div>
            <h3>{n.title}</h3>
            <p>{n.detail}</p>
          </div>
          {n.figure ? (
            <span className={css.figure}>
              <Figure of={n.figure} what={n.title} />
            </span>
          ) : (
            <span />
          )}
          {n.page !== "" && (
            <Button component="a" href={`#/${n.page}`} variant="default" size="compact-sm" aria-label={`${words.open}: ${n.title}`}>
              {words.open}
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}

function Activities({ list }: { list: Activity[] }) {
  return (
    <ol className={`${css.list} ${css.act}`}>
      {list.slice(0, 12).map((a) => (
        <li key={a.hash + a.at + a.what}>
          <div className="grow">
            <p className={css.what} style={{ color: "var(--text)" }}>
              {a.what}
            </p>
            <p className="faint">{[a.detail, a.person].filter((s) => s !== "").join(" · ")}</p>
          </div>
          <span className="faint" title={whenWithZone(a.at)}>
            {ago(a.at)}
          </span>
        </li>
      ))}
    </ol>
  );
}
