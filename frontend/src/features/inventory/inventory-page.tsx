import { Button, Checkbox, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { queries } from "../../api/queries";
import { records } from "../../api/services";
import type { FieldView, ObjectView } from "../../api/types";
import { Ask } from "../../components/ask";
import { ColumnChart, ShareBar } from "../../components/bars";
import { Figure } from "../../components/figure";
import { count, objectTitle, typeTitle } from "../../components/format";
import { JobPanel } from "../../components/job-panel";
import { Empty, Page, Section, Tabs } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute, replace, type Route } from "../../components/route";
import tables from "../../components/table.module.css";
import { usePageJob } from "../../components/use-page-job";
import { FieldPanel } from "./field-panel";
import { FindingCard } from "./finding-card";
import css from "./inventory.module.css";
import { words } from "./strings";

/** InventoryPage counts what the source holds, object by object. */
export function InventoryPage({ route }: { route: Route }) {
  const objects = useQuery(queries.objects());
  const profile = usePageJob(records.profile, ["profile"]);
  return (
    <Ask of={objects}>
      {(list) => {
        const open = list.find((o) => o.object === route.rest[0]);
        const field = open?.fields.find((f) => f.name === route.query["field"]);
        return (
          <Page
            title={words.title}
            lead={words.lead}
            actions={
              list.length > 0 && (
                <>
                  <Button component="a" href={formatRoute("profile")} variant="default">
                    {words.pictures}
                  </Button>
                  <Button variant="default" loading={profile.active} onClick={() => profile.start.run()}>
                    {words.measure}
                  </Button>
                </>
              )
            }
            panel={
              open &&
              field && (
                <FieldPanel key={field.name} object={open.object} field={field} rows={open.rows.value} onClose={() => replace(formatRoute("inventory", [open.object]))} />
              )
            }
          >
            {profile.start.problem && <ProblemNote problem={profile.start.problem} />}
            {profile.active && profile.job && <JobPanel job={profile.job} />}
            {list.length === 0 ? (
              <Empty
                title={words.empty}
                buttons={
                  <Button component="a" href={formatRoute("source")}>
                    {words.emptyButton}
                  </Button>
                }
              >
                {words.emptyBody}
              </Empty>
            ) : (
              <>
                <Tabs
                  label={words.title}
                  open={open?.object ?? ""}
                  tabs={[
                    { id: "", title: words.all, href: formatRoute("inventory") },
                    ...list.map((o) => ({ id: o.object, title: o.title, note: count(o.rows.value), href: formatRoute("inventory", [o.object]) })),
                  ]}
                />
                {open ? <OneObject object={open} field={field?.name ?? ""} /> : <AllObjects list={list} />}
              </>
            )}
          </Page>
        );
      }}
    </Ask>
  );
}

function AllObjects({ list }: { list: ObjectView[] }) {
  const findings = list.flatMap((o) => o.findings);
  return (
    <>
      <div className={tables.wrap}>
        <table className={`${tables.table} ${tables.hover}`}>
          <thead>
            <tr>
              <th>{words.object}</th>
              <th className={tables.num}>{words.rows}</th>
              <th className={tables.num}>{words.fields}</th>
              <th className={tables.num}>{words.repeated}</th>
              <th className={tables.num}>{words.broken}</th>
              <th className={tables.num}>{words.held}</th>
              <th className={tables.num}>{words.findings}</th>
            </tr>
          </thead>
          <tbody>
            {list.map((o) => (
              <tr key={o.object}>
                <th scope="row">
                  <a className={tables.open} href={formatRoute("inventory", [o.object])}>
                    {o.title}
                  </a>
                </th>
                <td className={tables.num}>
                  <Figure of={o.rows} what={o.title} />
                </td>
                <td className={tables.num}>{count(o.fields.length)}</td>
                <td className={tables.num}>
                  <Figure of={o.repeated_keys} />
                </td>
                <td className={tables.num}>
                  {o.broken_links.every((b) => b.broken.value === 0) ? (
                    <span className="faint">0</span>
                  ) : (
                    o.broken_links.filter((b) => b.broken.value > 0).map((b) => (
                      <div key={b.field}>
                        <Figure of={b.broken} />
                        {o.broken_links.length > 1 && <span className="faint"> {b.field}</span>}
                      </div>
                    ))
                  )}
                </td>
                <td className={tables.num}>
                  <Figure of={o.held} />
                </td>
                <td className={tables.num}>{count(o.findings.length)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Section title={words.findings}>
        {findings.length === 0 ? (
          <p className="soft">{words.noFindings}</p>
        ) : (
          <div className={css.findings}>
            {findings.map((f) => (
              <FindingCard key={f.code + f.object + f.field} finding={f} />
            ))}
          </div>
        )}
      </Section>
    </>
  );
}

function OneObject({ object, field }: { object: ObjectView; field: string }) {
  const o = object;
  return (
    <>
      <dl className={css.facts}>
        <div className={css.fact}>
          <dt>{o.title}</dt>
          <dd>
            <Figure of={o.rows} />
          </dd>
        </div>
        <div className={css.fact}>
          <dt>{words.repeated}</dt>
          <dd>
            <Figure of={o.repeated_keys} />
          </dd>
        </div>
        <div className={css.fact}>
          <dt>{words.held}</dt>
          <dd>
            <Figure of={o.held} />
          </dd>
        </div>
        {o.broken_links.map((b) => (
          <div className={css.fact} key={b.field + b.to}>
            <dt>
              {b.field} {words.linkTo(objectTitle(b.to))}
            </dt>
            <dd>
              <Figure of={b.linked} />
              <span className="faint">
                {" "}
                <Figure of={b.broken} /> {words.brokenOf}
              </span>
            </dd>
          </div>
        ))}
      </dl>
      {o.ages.length > 0 && (
        <div className="card pad">
          <ColumnChart title={words.ages} buckets={o.ages} />
        </div>
      )}
      {o.findings.length > 0 && (
        <Section title={words.findings}>
          <div className={css.findings}>
            {o.findings.map((f) => (
              <FindingCard key={f.code + f.field} finding={f} />
            ))}
          </div>
        </Section>
      )}
      <Fields object={o} open={field} />
    </>
  );
}

/** hasGaps says whether some records lack the field. */
export function hasGaps(f: FieldView): boolean {
  return f.empty.value + f.blank.value > 0;
}

function Fields({ object, open }: { object: ObjectView; open: string }) {
  const [search, setSearch] = useState("");
  const [gaps, setGaps] = useState(false);
  const shown = object.fields.filter((f) => f.name.toLowerCase().includes(search.toLowerCase()) && (!gaps || hasGaps(f)));
  return (
    <Section
      title={`${words.fields} (${count(object.fields.length)})`}
      aside={
        <div className={css.tools}>
          <Checkbox label={words.onlyEmpty} checked={gaps} onChange={(e) => setGaps(e.currentTarget.checked)} />
          <TextInput aria-label={words.search} placeholder={words.search} leftSection={<IconSearch size={15} />} value={search} onChange={(e) => setSearch(e.currentTarget.value)} w={220} />
        </div>
      }
    >
      <div className={tables.wrap}>
        <table className={`${tables.table} ${tables.hover}`}>
          <thead>
            <tr>
              <th>{words.field}</th>
              <th>{words.type}</th>
              <th style={{ width: 210 }}>{words.filled}</th>
              <th className={tables.num}>{words.empty_}</th>
              <th className={tables.num}>{words.distinct}</th>
              <th className={tables.num}>{words.longest}</th>
              <th>{words.top}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((f) => (
              <tr key={f.name} data-selected={f.name === open}>
                <th scope="row">
                  <a className={tables.open} href={formatRoute("inventory", [object.object], { field: f.name })}>
                    {f.name}
                  </a>
                </th>
                <td className="soft">{typeTitle(f.type)}</td>
                <td>
                  <ShareBar part={f.filled.value} all={object.rows.value} label={`${f.name}, ${words.filled}`} />
                </td>
                <td className={tables.num}>
                  <Figure of={f.empty} />
                </td>
                <td className={tables.num}>
                  <Figure of={f.distinct} />
                </td>
                <td className={tables.num}>{count(f.longest)}</td>
                <td className={`${css.top} clip`}>{f.top.slice(0, 3).map((t) => `${t.value} (${count(t.count.value)})`).join("  ·  ")}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
