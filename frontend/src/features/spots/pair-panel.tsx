import { Button, Checkbox, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { SpotField, SpotMessage, SpotPair, SpotTask } from "../../api/types-spots";
import { Ask } from "../../components/ask";
import { useDo } from "../../components/do";
import { objectWord, when, whenWithZone } from "../../components/format";
import { Mark, Verdict } from "../../components/marks";
import { MessageFrame } from "../../components/message-frame";
import { SidePanel } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import tables from "../../components/table.module.css";
import { pairQuery, spots } from "./api";
import css from "./spots.module.css";
import { words } from "./strings";

/** PairPanel shows a record in both desks, side by side, and takes a person's verdict. */
export function PairPanel({ task, onClose }: { task: SpotTask; onClose: () => void }) {
  const pair = useQuery(pairQuery(task.seq));
  return (
    <SidePanel
      wide
      title={task.name === "" ? task.id : task.name}
      sub={
        <p className="faint">
          {objectWord(task.object)} <span className="mono">{task.id}</span> → <span className="mono">{task.target}</span>
        </p>
      }
      onClose={onClose}
      foot={<Judge task={task} />}
    >
      <Ask of={pair}>{(p) => <Body pair={p} />}</Ask>
    </SidePanel>
  );
}

function Body({ pair }: { pair: SpotPair }) {
  const p = pair;
  return (
    <div className="stack">
      <Verdict tone={p.differs ? "warn" : "pass"} title={p.missing ? words.missing : p.differs ? words.differs : words.same} />
      {p.thread.length > 0 && (
        <section aria-label={words.thread} className="stack-tight">
          <div className={`${css.pair} ${css.heads}`}>
            <span>{words.oldSide}</span>
            <span>{words.newSide}</span>
          </div>
          {p.thread.map((m) => (
            <Message key={m.old.id} message={m} />
          ))}
          {p.more && <p className="faint">{words.more}</p>}
        </section>
      )}
      <section>
        <h3>{words.fields}</h3>
        <Fields list={p.fields} />
      </section>
      {p.picture !== "" && (
        <section>
          <h3>{words.picturetitle}</h3>
          <img className={css.picture} src={p.picture} alt={words.picturetitle} />
        </section>
      )}
    </div>
  );
}

function Message({ message }: { message: SpotMessage }) {
  const m = message;
  const wrong = m.fields.filter((f) => !f.same);
  return (
    <div>
      <div className={css.pair}>
        <article className={css.side} data-private={m.old.private}>
          <header>
            <strong>{m.old.author}</strong>
            <time className="faint" dateTime={m.old.at}>
              {whenWithZone(m.old.at)}
            </time>
          </header>
          <MessageFrame html={m.old.html} title={`${words.oldSide}: ${m.old.author}`} />
        </article>
        <article className={css.side} data-private={m.old.private}>
          <header>
            <Mark tone={m.same ? "pass" : "fail"} size={14}>
              {m.missing ? words.notThere : m.same ? words.messageSame : words.messageDiffers}
            </Mark>
            <span className="faint mono">{m.target}</span>
          </header>
          {!m.missing && <MessageFrame html={m.html} title={`${words.newSide}: ${m.target}`} />}
        </article>
      </div>
      {wrong.length > 0 && <Fields list={wrong} />}
    </div>
  );
}

function Fields({ list }: { list: SpotField[] }) {
  return (
    <div className={tables.wrap}>
      <table className={`${tables.table} ${tables.dense} ${tables.top}`}>
        <thead>
          <tr>
            <th>{words.field}</th>
            <th>{words.meant}</th>
            <th>{words.found}</th>
          </tr>
        </thead>
        <tbody>
          {list.map((f) => (
            <tr key={f.title}>
              <td>{f.title}</td>
              <td className={css.value}>{f.meant === "" ? <span className="faint">{words.empty}</span> : f.meant}</td>
              <td className={css.value} data-same={f.same}>
                {f.same ? <Mark tone="pass" size={14} /> : <Mark tone="fail" size={14} />} {f.found === "" ? <span className="faint">{words.empty}</span> : f.found}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Judge({ task }: { task: SpotTask }) {
  const [note, setNote] = useState(task.note);
  const [picture, setPicture] = useState(false);
  const judge = useDo(spots.judge);
  const say = (verdict: string) => judge.run(task.seq, verdict, note, picture);
  return (
    <div className="stack-tight">
      {task.verdict !== "" && (
        <p>
          <Mark tone={task.verdict === "right" ? "pass" : task.verdict === "wrong" ? "fail" : "warn"}>{words.verdicts[task.verdict] ?? task.verdict}</Mark>{" "}
          <span className="faint">{words.judged(task.by, when(task.at))}</span>
        </p>
      )}
      <Textarea label={words.note} description={words.noteHint} autosize minRows={1} maxRows={4} value={note} onChange={(e) => setNote(e.currentTarget.value)} />
      {judge.problem && <ProblemNote problem={judge.problem} />}
      <div className={css.judge}>
        <Button loading={judge.busy} onClick={() => say("right")}>
          {words.right}
        </Button>
        <Button variant="default" disabled={note.trim() === ""} loading={judge.busy} onClick={() => say("wrong")}>
          {words.wrong}
        </Button>
        <Button variant="default" loading={judge.busy} onClick={() => say("unsure")}>
          {words.unsure}
        </Button>
        <Checkbox label={words.picture} checked={picture} onChange={(e) => setPicture(e.currentTarget.checked)} />
      </div>
    </div>
  );
}
