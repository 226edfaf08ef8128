import { Button, Checkbox, Select, TextInput } from "@mantine/core";
import { IconCircle, IconCircleMinus, IconSearch, type Icon } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { rebuild } from "../../api/services";
import type { RebuildView, RuleRow } from "../../api/types";
import { Ask } from "../../components/ask";
import { ago, count } from "../../components/format";
import { JobPanel } from "../../components/job-panel";
import { Mark, Pill, Verdict, type Tone } from "../../components/marks";
import { Empty, Page, Section, Tabs } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute, replace, type Route } from "../../components/route";
import tables from "../../components/table.module.css";
import { usePageJob } from "../../components/use-page-job";
import { rebuildQueries } from "./api";
import { ChosenBar } from "./chosen-bar";
import { ALL, owners, visible, type Chosen } from "./model";
import css from "./rebuild.module.css";
import { RulePanel } from "./rule-panel";
import { RulesWorkbook } from "./rules-workbook";
import { words } from "./strings";

const STEP = 200;
const TONES: Record<string, Tone> = { open: "note", rebuilt: "pass", not_needed: "faint" };
const ICONS: Record<string, Icon> = { open: IconCircle, not_needed: IconCircleMinus };

/** RebuildPage tracks each rule of the old desk until it is built again. */
export function RebuildPage({ route }: { route: Route }) {
  const view = useQuery(rebuildQueries.view());
  const read = usePageJob(rebuild.read, ["rules"]);
  const kind = route.rest[0] ?? "";
  const open = Number(route.query["rule"] ?? 0);
  return (
    <Ask of={view}>
      {(v) => (
        <Page
          title={words.title}
          lead={words.lead}
          actions={
            v.read_at !== "" && (
              <>
                <RulesWorkbook busy={read.active} />
                <Button variant="default" disabled={read.active || !v.can_read} onClick={() => read.start.run()}>
                  {words.again}
                </Button>
              </>
            )
          }
          panel={open > 0 && v.rules.some((r) => r.id === open) && <RulePanel key={open} id={open} onClose={() => replace(formatRoute("rebuild", kind === "" ? [] : [kind]))} />}
        >
          {read.start.problem && <ProblemNote problem={read.start.problem} />}
          {v.failed && !read.active && <ProblemNote problem={v.failed} tone="warn" onRetry={() => read.start.run()} />}
          {read.job && (read.active || read.job.error) && <JobPanel job={read.job} stages={false} />}
          {v.read_at === "" ? <Nothing view={v} busy={read.active} onRead={() => read.start.run()} /> : <Rules key={kind} view={v} kind={kind} open={open} />}
        </Page>
      )}
    </Ask>
  );
}

function Nothing({ view, busy, onRead }: { view: RebuildView; busy: boolean; onRead: () => void }) {
  if (!view.can_read) {
    return (
      <Empty
        title={words.cannotTitle}
        buttons={
          <Button component="a" href={formatRoute("connect", ["source"])}>
            {words.connect}
          </Button>
        }
      >
        {view.why}
      </Empty>
    );
  }
  return (
    <Empty
      title={words.emptyTitle}
      buttons={
        <Button disabled={busy} onClick={onRead}>
          {words.read}
        </Button>
      }
    >
      {words.emptyBody}
    </Empty>
  );
}

function Rules({ view, kind, open }: { view: RebuildView; kind: string; open: number }) {
  const [chosen, setChosen] = useState<Chosen>({ ...ALL, kind });
  const [picked, setPicked] = useState<ReadonlySet<number>>(new Set());
  const [most, setMost] = useState(STEP);
  const list = visible(view.rules, chosen);
  const set = (part: Partial<Chosen>) => {
    setChosen((c) => ({ ...c, ...part }));
    setPicked(new Set());
    setMost(STEP);
  };
  if (view.rules.length === 0) {
    return (
      <>
        <Empty title={words.noneTitle}>{words.noneBody}</Empty>
        <Missing list={view.missing} />
      </>
    );
  }
  return (
    <>
      <Summary view={view} onDrift={() => set({ show: "drift" })} onDead={() => set({ show: "dead" })} />
      <Missing list={view.missing} />
      <Tabs
        label={words.kinds}
        open={kind}
        tabs={[
          { id: "", title: words.all, href: formatRoute("rebuild"), note: count(view.left > 0 ? view.left : view.all), left: view.left > 0 },
          ...view.kinds.map((k) => ({ id: k.kind, title: k.title, href: formatRoute("rebuild", [k.kind]), note: count(k.left > 0 ? k.left : k.all), left: k.left > 0 })),
        ]}
      />
      <Filters view={view} chosen={chosen} onSet={set} />
      {picked.size > 0 ? (
        <ChosenBar ids={[...picked]} onDone={() => setPicked(new Set())} />
      ) : (
        <p className="faint">{words.of(count(list.length), count(view.all))}</p>
      )}
      {list.length === 0 ? (
        <p className="row soft">
          {words.nothing}
          <Button size="compact-sm" variant="default" onClick={() => set({ ...ALL, kind })}>
            {words.clear}
          </Button>
        </p>
      ) : (
        <RuleTable list={list.slice(0, most)} kind={kind} open={open} picked={picked} onPick={setPicked} />
      )}
      {list.length > most && (
        <div>
          <Button variant="default" onClick={() => setMost(most + STEP)}>
            {words.more(count(Math.min(STEP, list.length - most)))}
          </Button>
        </div>
      )}
    </>
  );
}

function Summary({ view: v, onDrift, onDead }: { view: RebuildView; onDrift: () => void; onDead: () => void }) {
  return (
    <Verdict tone={v.left === 0 ? "pass" : "note"} title={v.left === 0 ? words.leftNone : words.left(count(v.left), count(v.all))}>
      <p className="soft">{words.readAt(ago(v.read_at), v.account)}</p>
      {v.added + v.changed + v.gone > 0 && (
        <p className="row">
          {words.drift(v.added, v.changed, v.gone)}
          <Button size="compact-sm" variant="default" onClick={onDrift} aria-label={`${words.driftShow}: ${words.drift(v.added, v.changed, v.gone)}`}>
            {words.driftShow}
          </Button>
        </p>
      )}
      {v.dead > 0 && (
        <p className="row">
          {v.dead === 1 ? words.deadOne : words.deadN(count(v.dead))}
          <Button size="compact-sm" variant="default" onClick={onDead} aria-label={`${words.driftShow}: ${words.deadN(count(v.dead))}`}>
            {words.driftShow}
          </Button>
        </p>
      )}
    </Verdict>
  );
}

function Missing({ list }: { list: string[] }) {
  if (list.length === 0) return null;
  return (
    <Section title={words.missing}>
      <div className="card pad stack-tight">
        <p className="soft">{words.missingBody}</p>
        <ul className={css.missing}>
          {list.map((m) => (
            <li key={m}>
              <Mark tone="warn">{m}</Mark>
            </li>
          ))}
        </ul>
      </div>
    </Section>
  );
}

function Filters({ view, chosen, onSet }: { view: RebuildView; chosen: Chosen; onSet: (part: Partial<Chosen>) => void }) {
  const names = owners(view.rules);
  return (
    <div className={css.filters}>
      <TextInput
        label={words.search}
        placeholder={words.searchHint}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={chosen.text}
        onChange={(e) => onSet({ text: e.currentTarget.value })}
      />
      <Select
        label={words.show}
        data={Object.entries(words.shows).map(([value, label]) => ({ value, label }))}
        value={chosen.show}
        allowDeselect={false}
        onChange={(v) => v !== null && onSet({ show: v })}
      />
      {names.length > 0 && (
        <Select
          label={words.owner}
          data={[{ value: "", label: words.anybody }, ...names.map((n) => ({ value: n, label: n }))]}
          value={chosen.owner}
          allowDeselect={false}
          onChange={(v) => onSet({ owner: v ?? "" })}
        />
      )}
    </div>
  );
}

function RuleTable(props: { list: RuleRow[]; kind: string; open: number; picked: ReadonlySet<number>; onPick: (ids: ReadonlySet<number>) => void }) {
  const { list, kind, open, picked, onPick } = props;
  const all = list.every((r) => picked.has(r.id));
  const uses = list.some((r) => r.uses >= 0);
  const toggle = (id: number) => {
    const next = new Set(picked);
    if (!next.delete(id)) next.add(id);
    onPick(next);
  };
  return (
    <div className={tables.wrap}>
      <table className={`${tables.table} ${css.list}`}>
        <thead>
          <tr>
            <th>
              <Checkbox size="xs" aria-label={words.chooseAll} checked={all} indeterminate={!all && picked.size > 0} onChange={() => onPick(new Set(all ? [] : list.map((r) => r.id)))} />
            </th>
            <th>{words.head.rule}</th>
            <th>{words.head.does}</th>
            {uses && <th className={tables.num}>{words.head.uses}</th>}
            <th>{words.head.state}</th>
            <th>{words.head.owner}</th>
          </tr>
        </thead>
        <tbody>
          {list.map((r) => (
            <tr key={r.id} data-selected={r.id === open}>
              <td>
                <Checkbox size="xs" aria-label={words.choose(r.name)} checked={picked.has(r.id)} onChange={() => toggle(r.id)} />
              </td>
              <td>
                <a className={tables.open} href={formatRoute("rebuild", kind === "" ? [] : [kind], { rule: String(r.id) })} dir="auto">
                  {r.name}
                </a>
                <div className={css.sub}>
                  <span className="faint">{r.one}</span>
                  {!r.active && <Pill>{words.off}</Pill>}
                  {r.drift !== "" && <Pill>{words.drifts[r.drift] ?? r.drift}</Pill>}
                </div>
              </td>
              <td className="soft" dir="auto">
                {r.does}
                {r.dead > 0 && (
                  <div>
                    <Mark tone="warn" size={14}>
                      {r.dead === 1 ? words.deadShort : words.deadShortN(count(r.dead))}
                    </Mark>
                  </div>
                )}
              </td>
              {uses && <td className={tables.num}>{r.uses < 0 ? "–" : count(r.uses)}</td>}
              <td className={css.state}>
                {r.stale ? <Mark tone="warn">{words.stale}</Mark> : <Mark tone={TONES[r.state] ?? "faint"} icon={ICONS[r.state]}>{words.states[r.state] ?? r.state}</Mark>}
                {r.stale && <div className="faint">{words.states[r.state] ?? r.state}</div>}
              </td>
              <td>{r.owner}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
