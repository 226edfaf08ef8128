import { Button, Checkbox, Select, Switch, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { PeopleLine, PeopleMap, TargetPerson } from "../../api/types";
import { Ask } from "../../components/ask";
import { useDo } from "../../components/do";
import { count, objectTitle } from "../../components/format";
import { JobPanel } from "../../components/job-panel";
import { Mark, Pill, Verdict } from "../../components/marks";
import { Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import tables from "../../components/table.module.css";
import { usePageJob } from "../../components/use-page-job";
import { mapQueries, studio } from "./api";
import css from "./parts.module.css";
import { words } from "./strings";

const w = words.people;
// Ways that are no person of the target; an id of the target can hold any text.
const MOVES = "\u0000moves";
const LEAVE = "\u0000leave";
const SHOWN = 200;

/** People says who stands for each agent, group and role of the source. */
export function People() {
  const people = useQuery(mapQueries.people());
  const read = usePageJob(studio.readTargetPeople, ["people"]);
  const propose = useDo(studio.proposePeople);
  return (
    <div className="stack">
      {read.start.problem && <ProblemNote problem={read.start.problem} />}
      {read.job && <JobPanel job={read.job} />}
      {propose.problem && <ProblemNote problem={propose.problem} />}
      <Ask of={people}>
        {(p) => (
          <>
            <div className={css.verdict}>
              <Verdict tone={p.open === 0 ? "pass" : "warn"} title={p.open === 0 ? w.allDecided : w.open(count(p.open), p.open === 1, count(p.open_records))}>
                <p className="soft">
                  {w.hint} {p.may_more > 0 && <strong>{w.mayMore(count(p.may_more), p.may_more === 1)}</strong>}
                </p>
              </Verdict>
              <div className={css.buttons}>
                <Button variant="default" loading={read.active} onClick={() => read.start.run()}>
                  {w.read}
                </Button>
                <Button loading={propose.busy} onClick={() => propose.run()}>
                  {w.propose}
                </Button>
              </div>
            </div>
            <Lines map={p} />
          </>
        )}
      </Ask>
    </div>
  );
}

function Lines({ map }: { map: PeopleMap }) {
  const [search, setSearch] = useState("");
  const [openOnly, setOpenOnly] = useState(false);
  const use = useDo(studio.usePeople);
  const decide = useDo(studio.decidePeople);
  const objects = useMemo(() => [...new Set(map.lines.map((l) => l.object))], [map.lines]);
  const s = search.trim().toLowerCase();
  const lines = map.lines.filter((l) => (!openOnly || l.decided !== true) && (s === "" || `${l.title} ${l.email ?? ""} ${l.to_name ?? ""}`.toLowerCase().includes(s)));
  return (
    <>
      <div className={css.tools}>
        <TextInput aria-label={w.find} placeholder={w.find} leftSection={<IconSearch size={15} />} w={240} value={search} onChange={(e) => setSearch(e.currentTarget.value)} />
        <Checkbox label={words.values.openOnly} checked={openOnly} onChange={(e) => setOpenOnly(e.currentTarget.checked)} />
        <Switch label={w.used} checked={map.used} disabled={use.busy} onChange={(e) => use.run(e.currentTarget.checked)} ml="auto" />
      </div>
      {use.problem && <ProblemNote problem={use.problem} />}
      {decide.problem && <ProblemNote problem={decide.problem} />}
      {objects.map((o) => {
        const of = lines.filter((l) => l.object === o);
        return of.length === 0 ? null : (
          <Section key={o} title={objectTitle(o)} aside={<StandIn object={o} targets={map.targets.filter((t) => t.object === o)} />}>
            <Table lines={of} targets={map.targets.filter((t) => t.object === o)} onDecide={(l) => decide.run([l])} />
          </Section>
        );
      })}
      {lines.length === 0 && <p className="soft">{w.nobody}</p>}
    </>
  );
}

function Table({ lines, targets, onDecide }: { lines: PeopleLine[]; targets: TargetPerson[]; onDecide: (l: PeopleLine) => void }) {
  const [all, setAll] = useState(false);
  return (
    <div className={tables.wrap}>
      <table className={`${tables.table} ${tables.top} ${css.people}`}>
        <colgroup>
          <col style={{ width: "27%" }} />
          <col style={{ width: 86 }} />
          <col style={{ width: "27%" }} />
          <col />
          <col style={{ width: 152 }} />
        </colgroup>
        <thead>
          <tr>
            <th>{w.head.who}</th>
            <th className={tables.num}>{w.head.records}</th>
            <th>{w.head.to}</th>
            <th>{w.head.rights}</th>
            <th>{w.head.state}</th>
          </tr>
        </thead>
        <tbody>
          {(all ? lines : lines.slice(0, SHOWN)).map((l) => (
            <tr key={l.from}>
              <td>
                <strong>{l.title || l.from}</strong>
                <span className="faint" style={{ display: "block", overflowWrap: "anywhere" }}>
                  {l.email}
                </span>
                {l.inactive === true && <Pill>{w.inactive}</Pill>} {l.missing && <Pill>{w.missing}</Pill>}
              </td>
              <td className={tables.num}>{count(l.count ?? 0)}</td>
              <td>
                <Who line={l} targets={targets} onDecide={onDecide} />
              </td>
              <td>
                {l.role !== "" && <span className={css.role}>{l.to_role === "" ? l.role : `${l.role} → ${l.to_role}`}</span>}
                {l.may_more && (
                  <Mark tone="warn" size={14}>
                    {w.more}
                  </Mark>
                )}
                {(l.reason ?? "") !== "" && l.decided !== true && <p className="faint">{l.reason}</p>}
              </td>
              <td>
                {l.gone ? (
                  <Mark tone="fail">{w.gone}</Mark>
                ) : l.decided === true ? (
                  <Mark tone="pass">{l.stands === true ? w.stands : w.decided}</Mark>
                ) : (l.how ?? "") !== "" ? (
                  <div className={css.state}>
                    <Mark tone="note">
                      {words.state.proposed} {words.sure(l.confidence ?? 0)}
                    </Mark>
                    <Button size="compact-xs" variant="default" onClick={() => onDecide({ ...l, decided: true })} aria-label={`${words.acceptOne}: ${l.title || l.from}`}>
                      {words.acceptOne}
                    </Button>
                  </div>
                ) : (
                  <Mark tone="warn">{words.state.open}</Mark>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {!all && lines.length > SHOWN && (
        <Button variant="subtle" color="gray" onClick={() => setAll(true)}>
          {w.showAll(count(lines.length))}
        </Button>
      )}
    </div>
  );
}

function Who({ line, targets, onDecide }: { line: PeopleLine; targets: TargetPerson[]; onDecide: (l: PeopleLine) => void }) {
  const value = line.how === "moves" ? MOVES : line.how === "leave" ? LEAVE : line.how === "target" ? (line.to ?? null) : null;
  return (
    <Select
      size="xs"
      aria-label={w.whoFor(line.title || line.from)}
      placeholder={w.choose}
      searchable
      data={[
        { value: MOVES, label: w.moves },
        { value: LEAVE, label: w.leave },
        ...targets.map((t) => ({ value: t.id, label: `${t.name || t.email || t.id}${t.active ? "" : ` (${w.inactive})`}` })),
        ...(line.how === "target" && line.to !== undefined && !targets.some((t) => t.id === line.to) ? [{ value: line.to, label: line.to_name || line.to }] : []),
      ]}
      value={value}
      allowDeselect={false}
      onChange={(v) => {
        if (v === null) return;
        const to = targets.find((t) => t.id === v);
        onDecide({ ...line, how: v === MOVES ? "moves" : v === LEAVE ? "leave" : "target", to: to?.id ?? "", to_name: to?.name ?? "", stands: false, decided: true });
      }}
    />
  );
}

function StandIn({ object, targets }: { object: string; targets: TargetPerson[] }) {
  const stand = useDo(studio.standIn);
  if (targets.length === 0) return null;
  return (
    <span className="row">
      {stand.problem && <span className="faint">{stand.problem.what}</span>}
      <Select
        size="xs"
        w={270}
        aria-label={w.standIn(objectTitle(object))}
        placeholder={w.standInPlaceholder}
        searchable
        data={targets.map((t) => ({ value: t.id, label: t.name || t.email || t.id }))}
        value={null}
        disabled={stand.busy}
        onChange={(v) => v !== null && stand.run(object, v)}
      />
    </span>
  );
}
