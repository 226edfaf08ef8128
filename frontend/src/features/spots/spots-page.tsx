import { Button, NumberInput, Select, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { SpotsView, SpotTask } from "../../api/types-spots";
import { Ask } from "../../components/ask";
import { useDo } from "../../components/do";
import { count, objectWord } from "../../components/format";
import { Mark } from "../../components/marks";
import { Page, Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute, go, type Route } from "../../components/route";
import tables from "../../components/table.module.css";
import { spots, spotsQuery } from "./api";
import { PairPanel } from "./pair-panel";
import css from "./spots.module.css";
import { words } from "./strings";

export const TONES: Record<string, "pass" | "fail" | "warn" | "faint"> = { right: "pass", wrong: "fail", unsure: "warn" };

/** SpotsPage is where people look at single records in both desks. */
export function SpotsPage({ route }: { route: Route }) {
  const view = useQuery(spotsQuery);
  const [who, setWho] = useState("");
  const open = Number(route.rest[0] ?? 0);
  return (
    <Ask of={view}>
      {(v) => {
        const tasks = v.tasks.filter((t) => who === "" || t.reviewer === who);
        const task = v.tasks.find((t) => t.seq === open);
        return (
          <Page title={words.title} lead={words.lead} panel={task && <PairPanel key={task.seq} task={task} onClose={() => go(formatRoute("spots"))} />}>
            <Choose view={v} />
            {v.tasks.length === 0 ? (
              <p className="soft">{words.none}</p>
            ) : (
              <Section title={words.open(count(tasks.filter((t) => t.verdict === "").length))}>
                <Select aria-label={words.reviewer} style={{ maxWidth: 260 }} data={v.reviewers} value={who === "" ? null : who} placeholder={words.all} clearable onChange={(w) => setWho(w ?? "")} />
                <Tasks tasks={tasks} open={open} />
              </Section>
            )}
          </Page>
        );
      }}
    </Ask>
  );
}

function Choose({ view }: { view: SpotsView }) {
  const [names, setNames] = useState(view.reviewers.join("\n"));
  const [each, setEach] = useState(10);
  const [hard, setHard] = useState(10);
  const choose = useDo(spots.choose);
  const list = names.split("\n").map((n) => n.trim()).filter((n) => n !== "");
  return (
    <Section title={words.chooseTitle}>
      <p className="soft">
        {words.chooseHint} {view.mapper !== "" && words.mapper(view.mapper)}
      </p>
      <form
        className={css.form}
        onSubmit={(e) => {
          e.preventDefault();
          choose.run(list, each, hard);
        }}
      >
        <Textarea label={words.reviewers} autosize minRows={2} maxRows={6} value={names} onChange={(e) => setNames(e.currentTarget.value)} />
        <NumberInput label={words.each} min={1} max={1000} value={each} onChange={(n) => setEach(Number(n) || 1)} />
        <NumberInput label={words.hard} min={0} max={1000} value={hard} onChange={(n) => setHard(Number(n) || 0)} />
        <Button type="submit" variant={view.tasks.length === 0 ? "filled" : "default"} loading={choose.busy} disabled={list.length === 0}>
          {view.tasks.length === 0 ? words.choose : words.again}
        </Button>
      </form>
      {choose.problem && <ProblemNote problem={choose.problem} />}
    </Section>
  );
}

function Tasks({ tasks, open }: { tasks: SpotTask[]; open: number }) {
  return (
    <div className={tables.wrap}>
      <table className={tables.table}>
        <thead>
          <tr>
            <th>{words.record}</th>
            <th>{words.age}</th>
            <th>{words.why}</th>
            <th>{words.reviewer}</th>
            <th>{words.verdict}</th>
          </tr>
        </thead>
        <tbody>
          {tasks.map((t) => (
            <tr key={t.seq} aria-current={t.seq === open ? "true" : undefined}>
              <td>
                <a href={formatRoute("spots", [String(t.seq)])}>{t.name === "" ? t.id : t.name}</a>
                <div className="faint">
                  {objectWord(t.object)} <span className="mono">{t.id}</span>
                </div>
              </td>
              <td className="soft">{t.age}</td>
              <td className="soft">{t.why}</td>
              <td>{t.reviewer}</td>
              <td>
                <Mark tone={TONES[t.verdict] ?? "faint"}>{words.verdicts[t.verdict] ?? t.verdict}</Mark>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
