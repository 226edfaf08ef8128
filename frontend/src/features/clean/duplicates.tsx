import { Button, Modal, Switch, Textarea } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { SearchView } from "../../api/types-clean";
import { Ask } from "../../components/ask";
import { useDo } from "../../components/do";
import { count, when } from "../../components/format";
import { JobPanel } from "../../components/job-panel";
import { Empty } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute, replace, type Route } from "../../components/route";
import { usePageJob } from "../../components/use-page-job";
import { twinQueries, twins } from "./api";
import { words } from "./duplicates-strings";
import css from "./duplicates.module.css";
import { TwinCard } from "./twin-card";
import { TwinWorkbook } from "./twin-workbook";

const BANDS = ["", "sure", "ask", "different"];
const STATES = ["open", "merged", "apart", ""];

/** groupsOf counts the groups of a band and a state; an empty one stands for all. */
export function groupsOf(s: SearchView, band: string, state: string): number {
  return s.counts.filter((c) => (band === "" || c.band === band) && (state === "" || c.state === state)).reduce((n, c) => n + c.groups, 0);
}

/** Duplicates reviews people and companies that are there more than once. */
export function Duplicates({ route }: { route: Route }) {
  const searches = useQuery(twinQueries.searches());
  const job = usePageJob(twins.seek, ["duplicates"]);
  return (
    <>
      {job.start.problem && <ProblemNote problem={job.start.problem} />}
      {job.job && (job.active || job.job.error) && <JobPanel job={job.job} />}
      <Ask of={searches}>
        {(list) => {
          const s = list.find((x) => x.object === route.query["object"]) ?? list[0];
          if (!s) return <Empty title={words.none}>{words.neverBody}</Empty>;
          return (
            <>
              {list.length > 1 && (
                <div className={css.bar}>
                  <Chips values={list.map((x) => x.object)} open={s.object} title={(o) => list.find((x) => x.object === o)?.title ?? o} note={(o) => noteOf(list.find((x) => x.object === o))} onOpen={(object) => replace(formatRoute("clean", ["duplicates"], { object }))} />
                </div>
              )}
              {s.at === "" ? <Never search={s} busy={job.active} onSeek={(plus) => job.start.run(s.object, plus)} /> : <Found key={s.object + s.at} search={s} route={route} busy={job.active} onSeek={() => job.start.run(s.object, s.plus_tags)} />}
            </>
          );
        }}
      </Ask>
    </>
  );
}

function noteOf(s: SearchView | undefined): string {
  return !s || s.at === "" ? "" : count(groupsOf(s, "", "open"));
}

function Never({ search: s, busy, onSeek }: { search: SearchView; busy: boolean; onSeek: (plusTags: boolean) => void }) {
  const [plus, setPlus] = useState(false);
  const what = s.title.toLowerCase();
  return (
    <Empty
      title={words.never(what)}
      buttons={
        <Button loading={busy} onClick={() => onSeek(plus)}>
          {words.seek(what)}
        </Button>
      }
    >
      <div className="stack">
        <p>{words.neverBody}</p>
        <Switch checked={plus} onChange={(e) => setPlus(e.currentTarget.checked)} label={words.plus} description={words.plusHint} />
      </div>
    </Empty>
  );
}

function Chips(props: { values: string[]; open: string; title: (v: string) => string; note: (v: string) => string; onOpen: (v: string) => void }) {
  return (
    <div className={css.chips}>
      {props.values.map((v) => (
        <button key={v} type="button" className={css.chip} aria-pressed={v === props.open} onClick={() => props.onOpen(v)}>
          {props.title(v)}
          {props.note(v) !== "" && <small>{props.note(v)}</small>}
        </button>
      ))}
    </div>
  );
}

function Found({ search: s, route, busy, onSeek }: { search: SearchView; route: Route; busy: boolean; onSeek: () => void }) {
  const band = route.query["band"] ?? "";
  const state = route.query["state"] ?? "open";
  const one = Number(route.query["group"] ?? 0);
  const list = useInfiniteQuery(twinQueries.list(s.object, band, state === "all" ? "" : state));
  const [asking, setAsking] = useState(false);
  const show = (b: string, st: string): void => replace(formatRoute("clean", ["duplicates"], { object: s.object, band: b, state: st === "" ? "all" : st }));
  const picked = state === "all" ? "" : state;
  const sure = s.counts.find((c) => c.band === "sure" && c.state === "open");
  const groups = list.data?.pages.flatMap((p) => p.groups) ?? [];
  const done = groupsOf(s, "", "open") === 0;
  return (
    <>
      <div className={css.bar}>
        <Chips values={BANDS} open={band} title={(v) => words.bands[v] ?? v} note={(v) => count(groupsOf(s, v, picked))} onOpen={(v) => show(v, picked)} />
        <Chips values={STATES} open={picked} title={(v) => words.states[v] ?? v} note={(v) => count(groupsOf(s, band, v))} onOpen={(v) => show(band, v)} />
        <span className="grow" />
        <TwinWorkbook object={s.object} disabled={busy} />
        {sure && (
          <Button disabled={busy} onClick={() => setAsking(true)}>
            {words.mergeSure(count(sure.groups))}…
          </Button>
        )}
      </div>
      {one > 0 ? (
        <One key={one} id={one} onAll={() => show(band, picked)} />
      ) : (
        <Ask of={list}>
          {() =>
            groups.length === 0 ? (
              <Empty title={done ? words.allDone : words.none}>{done ? words.allDoneBody : words.noneBody}</Empty>
            ) : (
              <div className={css.list}>
                {groups.map((g) => (
                  <TwinCard key={g.id} group={g} />
                ))}
                {list.hasNextPage && (
                  <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                    {words.more}
                  </Button>
                )}
              </div>
            )
          }
        </Ask>
      )}
      <div className={css.capped}>
        <p className="faint">
          {words.compared(count(s.records), s.fields.join(", "))} · {words.by(s.by, when(s.at))}{" "}
          <button type="button" className={css.link} disabled={busy} onClick={onSeek}>
            {words.again}
          </button>
        </p>
        {s.left > 0 && (
          <details>
            <summary>{words.capped(count(s.left))}</summary>
            <p className="soft">{words.cappedBody}</p>
            <ul>
              {s.capped.slice(0, 20).map((c, i) => (
                <li key={i} dir="auto">
                  {words.cappedRow(count(c.records), c.by, c.value)}
                </li>
              ))}
            </ul>
          </details>
        )}
      </div>
      <Modal opened={asking} onClose={() => setAsking(false)} title={words.mergeSureTitle} size="lg">
        {sure && <MergeSure object={s.object} groups={sure.groups} records={sure.records} onClose={() => setAsking(false)} />}
      </Modal>
    </>
  );
}

/** One is a single group, as the picture of all of them opens it. */
function One({ id, onAll }: { id: number; onAll: () => void }) {
  const group = useQuery(twinQueries.one(id));
  return (
    <div className={css.list}>
      <div>
        <Button variant="default" size="compact-sm" onClick={onAll}>
          {words.allGroups}
        </Button>
      </div>
      <Ask of={group}>{(g) => <TwinCard group={g} />}</Ask>
    </div>
  );
}

function MergeSure({ object, groups, records, onClose }: { object: string; groups: number; records: number; onClose: () => void }) {
  const [why, setWhy] = useState("");
  const merge = useDo(twins.mergeSure, onClose);
  return (
    <form
      className="stack"
      onSubmit={(e) => {
        e.preventDefault();
        merge.run(object, why.trim());
      }}
    >
      <p>{words.mergeSureBody(count(groups), count(records))}</p>
      <Textarea label={words.why} description={words.whyHint} value={why} onChange={(e) => setWhy(e.currentTarget.value)} autosize minRows={2} data-autofocus required />
      {merge.problem && <ProblemNote problem={merge.problem} />}
      <div className="row" style={{ justifyContent: "flex-end" }}>
        <Button variant="default" onClick={onClose}>
          {words.cancel}
        </Button>
        <Button type="submit" loading={merge.busy} disabled={why.trim() === ""}>
          {words.mergeSure(count(groups))}
        </Button>
      </div>
    </form>
  );
}
