import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Fact, FieldFacts } from "../../api/types";
import { Ask } from "../../components/ask";
import { Figure } from "../../components/figure";
import { count, typeTitle } from "../../components/format";
import { Page, Section } from "../../components/page";
import { formatRoute } from "../../components/route";
import tables from "../../components/table.module.css";
import { profileQueries } from "./api";
import { BarList } from "./bars";
import { FindingCard } from "./findings";
import css from "./profile.module.css";
import { words } from "./strings";

/** FieldPage is all that is known of one field. */
export function FieldPage({ object, field }: { object: string; field: string }) {
  const facts = useQuery(profileQueries.field(object, field));
  return (
    <Ask of={facts}>
      {(f) => (
        <Page
          title={f.field.name}
          lead={
            <>
              <a href={formatRoute("profile")}>{words.back}</a> · {f.title} · {typeTitle(f.field.type)}
            </>
          }
        >
          <Facts of={f} />
        </Page>
      )}
    </Ask>
  );
}

function Facts({ of }: { of: FieldFacts }) {
  const f = of.field;
  return (
    <>
      <dl className={css.facts}>
        <Tile name={words.filled}>
          <Figure of={f.filled} />
        </Tile>
        <Tile name={words.gaps}>
          <Figure of={f.empty} />
        </Tile>
        <Tile name={words.blank}>
          <Figure of={f.blank} />
        </Tile>
        <Tile name={words.distinct}>
          <Figure of={f.distinct} />
        </Tile>
        <Tile name={words.length}>
          {words.characters(count(f.shortest), count(f.longest))}
          <small>{words.bytes(count(of.shortest_bytes), count(of.longest_bytes))}</small>
        </Tile>
        {f.min !== "" && (
          <Tile name={`${words.oldest}, ${words.newest.toLowerCase()}`}>
            {f.min}
            <small>{f.max}</small>
          </Tile>
        )}
        {of.same_as !== "" && (
          <Tile name={words.sameAs}>
            <a href={formatRoute("profile", [of.object, of.same_as])}>{of.same_as}</a>
            <small>{words.sameIn}</small>
          </Tile>
        )}
      </dl>
      {of.findings.length > 0 && (
        <Section title={words.findings}>
          <div className={css.findings}>
            {of.findings.map((x) => (
              <FindingCard key={x.code} finding={x} />
            ))}
          </div>
        </Section>
      )}
      <div className={css.grid}>
        <Card title={words.looksLike} shown={of.kinds.length > 0}>
          <BarList what={words.looksLike} rows={named(of.kinds, words.kind)} />
        </Card>
        <Card title={of.tags.length > 0 ? words.tags : words.top} hint={of.tags.length > 0 ? words.tagsHint(count(of.tags_used), count(of.tags_once)) : ""} shown={of.tags.length + f.top.length > 0}>
          <BarList what={words.top} rows={of.tags.length > 0 ? of.tags.slice(0, 30).map((t) => ({ name: t.name, count: t.count })) : f.top.slice(0, 30).map((t) => ({ name: t.value, count: t.count }))} />
        </Card>
        <Card title={words.dates} hint={of.orders.some((o) => o.name === "either") ? (of.decided === "" ? words.undecided : words.decided((words.order[of.decided] ?? of.decided).toLowerCase())) : ""} shown={of.dates.length > 0}>
          <h4 className="faint">{words.orders}</h4>
          <BarList what={words.orders} rows={named(of.orders, words.order)} />
          <BarList what={words.dates} rows={named(of.dates.filter((d) => d.count.value > 0), words.date)} />
        </Card>
        <Card title={words.numbers} hint={`${words.range(of.low, of.high)}, ${words.places(count(of.places))}`} shown={of.numbers.length > 0}>
          <BarList what={words.numbers} rows={named(of.numbers.filter((n) => n.count.value > 0), words.number)} />
        </Card>
        <Card title={words.patterns} hint={of.patterns_all ? words.patternsHint : `${words.patternsHint} ${words.patternsRest}`} shown={of.patterns.length > 0}>
          <BarList what={words.patterns} rows={of.patterns.map((p) => ({ name: p.name, count: p.count, mono: true }))} />
        </Card>
        <Card title={words.marks} shown={of.marks.length > 0}>
          <BarList what={words.marks} rows={named(of.marks, words.mark)} />
        </Card>
        <Card title={words.currencies} hint={words.currenciesHint} shown={of.currencies.length > 0}>
          <BarList what={words.currencies} rows={of.currencies.map((c) => ({ name: c.name, count: c.count }))} />
        </Card>
        <Card title={words.phones} shown={of.phones.length > 0}>
          <BarList what={words.phones} rows={of.phones.map((p) => ({ name: country(p.name), count: p.count }))} />
        </Card>
        <Card title={words.languages} hint={words.languagesHint} shown={of.languages.length > 0}>
          <BarList what={words.languages} rows={of.languages.map((l) => ({ name: l.name, count: l.count }))} />
        </Card>
        <Card title={words.repairs} shown={of.repairs.length > 0}>
          <table className={`${tables.table} ${tables.dense}`}>
            <thead>
              <tr>
                <th>{words.repairFrom}</th>
                <th>{words.repairTo}</th>
              </tr>
            </thead>
            <tbody>
              {of.repairs.map((r) => (
                <tr key={r.from}>
                  <td dir="auto">{r.from}</td>
                  <td dir="auto">{r.to}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Card>
      </div>
    </>
  );
}

function named(list: Fact[], titles: Record<string, string>) {
  return list.map((f) => ({ name: titles[f.name] ?? f.name, count: f.count }));
}

/** country names a country by its code, as the person's language does. */
export function country(code: string): string {
  if (!/^[A-Z]{2}$/.test(code)) return code;
  return new Intl.DisplayNames(undefined, { type: "region", fallback: "code" }).of(code) ?? code;
}

function Tile({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={css.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Card({ title, hint = "", shown, children }: { title: string; hint?: string; shown: boolean; children: ReactNode }) {
  if (!shown) return null;
  return (
    <section className="card pad" aria-label={title}>
      <h3>{title}</h3>
      {hint !== "" && <p className="faint">{hint}</p>}
      {children}
    </section>
  );
}
