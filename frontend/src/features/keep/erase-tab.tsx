import { Button, TextInput } from "@mantine/core";
import { useState } from "react";
import type { CertificateView, ErasedRecord, KeepView, PersonFound } from "../../api/types-keep";
import { ConfirmNumber } from "../../components/confirm-number";
import { useDo } from "../../components/do";
import { count, when } from "../../components/format";
import { JobPanel } from "../../components/job-panel";
import { Mark } from "../../components/marks";
import { Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { usePageJob } from "../../components/use-page-job";
import { keep } from "./api";
import css from "./keep.module.css";
import { words } from "./strings";

const total = (list: ErasedRecord[]) => list.reduce((n, r) => n + r.count, 0);

/** EraseTab removes one person for good, after a look and a number that is typed. */
export function EraseTab({ view }: { view: KeepView }) {
  const [who, setWho] = useState("");
  const [why, setWhy] = useState("");
  const [found, setFound] = useState<PersonFound | undefined>(undefined);
  const [asking, setAsking] = useState(false);
  const look = useDo(keep.find, setFound);
  const job = usePageJob(keep.erase, ["erase"], () => {
    setFound(undefined);
    setWho("");
    setWhy("");
  });
  const n = found ? total(found.records) : 0;
  return (
    <div className={css.column}>
      <Section title={words.erase}>
        <form
          className={css.form}
          onSubmit={(e) => {
            e.preventDefault();
            setFound(undefined);
            look.run(who.trim());
          }}
        >
          <p className="soft">{words.eraseHint}</p>
          <TextInput
            label={words.who}
            autoComplete="off"
            value={who}
            onChange={(e) => {
              setWho(e.currentTarget.value);
              setFound(undefined);
            }}
          />
          {look.problem && <ProblemNote problem={look.problem} />}
          <div>
            <Button type="submit" variant="default" disabled={who.trim() === "" || job.active} loading={look.busy}>
              {words.look}
            </Button>
          </div>
        </form>
        {found && (
          <div className={css.form}>
            <p role="status">
              <strong>{words.found(found.names.join(", "))}</strong>
            </p>
            <p className="soft">{words.goes}</p>
            <Erased list={found.records} />
            <p className="soft">{words.lookedFor(found.phones.join(", "))}</p>
            <p className="soft">{words.notLooked(found.one_word.join(", "))}</p>
            <TextInput label={words.why} value={why} onChange={(e) => setWhy(e.currentTarget.value)} />
            <div>
              <Button color="red" disabled={why.trim() === ""} onClick={() => setAsking(true)}>
                {words.eraseN(count(n))}
              </Button>
            </div>
          </div>
        )}
        {job.job && (job.active || job.job.error) && <JobPanel job={job.job} stages={false} />}
        <ConfirmNumber
          opened={asking}
          onClose={() => setAsking(false)}
          title={words.eraseTitle}
          number={n}
          button={words.eraseN(count(n))}
          danger
          busy={job.start.busy}
          problem={job.start.problem}
          onConfirm={() => void job.start.ask(who.trim(), why.trim(), String(n)).then((id) => id !== undefined && setAsking(false))}
        >
          <p>{words.eraseBody}</p>
        </ConfirmNumber>
      </Section>
      <Section title={words.certificates}>
        {view.erasures.length === 0 ? <p className="soft">{words.noCertificates}</p> : view.erasures.map((c) => <Certificate key={c.number} c={c} />)}
      </Section>
    </div>
  );
}

function Erased({ list }: { list: ErasedRecord[] }) {
  return (
    <ul className={css.plainList}>
      {list.map((r) => (
        <li key={r.object}>
          {count(r.count)} {r.title.toLowerCase()}
        </li>
      ))}
    </ul>
  );
}

function Certificate({ c }: { c: CertificateView }) {
  const left = c.target.length + c.mentions.length + c.backups.length;
  return (
    <article className={`card ${css.certificate}`} aria-label={words.certificate(c.number)}>
      <h3>{words.certificate(c.number)}</h3>
      <p className="soft">
        {words.byWhom(c.by, when(c.at))}: {c.why}
      </p>
      <p>{words.done(count(total(c.records)), count(c.attachments))}</p>
      {left === 0 && <Mark tone="pass">{words.complete}</Mark>}
      <Todo title={words.todoTarget} list={c.target} />
      <Todo title={words.todoMentions} list={c.mentions} />
      <Todo title={words.todoBackups} list={c.backups} />
      {c.one_word > 0 && <p className="faint">{words.notLookedN(c.one_word)}</p>}
      <p className="faint">
        {words.digest}: <span className={css.hash}>{c.digest}</span>
      </p>
    </article>
  );
}

const SHOWN = 12;

function Todo({ title, list }: { title: string; list: string[] }) {
  if (list.length === 0) return null;
  return (
    <div>
      <Mark tone="warn">
        {title} ({count(list.length)})
      </Mark>
      <ul className={css.plainList}>
        {list.slice(0, SHOWN).map((x, i) => (
          <li key={i} className={css.wrap}>
            {x}
          </li>
        ))}
        {list.length > SHOWN && <li className="faint">{words.more(count(list.length - SHOWN))}</li>}
      </ul>
    </div>
  );
}
