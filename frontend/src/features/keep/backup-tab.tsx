import { Button, Modal, PasswordInput, Select } from "@mantine/core";
import { useState } from "react";
import { app } from "../../api/services";
import type { KeepView, KeptView } from "../../api/types-keep";
import { useDo } from "../../components/do";
import { count, size, when } from "../../components/format";
import { JobPanel } from "../../components/job-panel";
import { Mark } from "../../components/marks";
import { Section } from "../../components/page";
import { PlaceField } from "../../components/place-field";
import { ProblemNote } from "../../components/problem-note";
import { RestoreDialog } from "../../components/restore";
import tables from "../../components/table.module.css";
import { usePageJob } from "../../components/use-page-job";
import { keep } from "./api";
import css from "./keep.module.css";
import { words } from "./strings";

const options = (names: Record<string, string>) => Object.entries(names).map(([value, label]) => ({ value, label }));

/** BackupTab: where backups go, make one, and prove it by restoring. */
export function BackupTab({ view }: { view: KeepView }) {
  const chosen = view.place.words !== "";
  const [change, setChange] = useState(false);
  const [restoring, setRestoring] = useState(false);
  return (
    <div className={css.column}>
      <Section title={words.place}>
        {chosen && !change ? (
          <div className="between">
            <p>{words.placeNow(view.place.words)}</p>
            <Button variant="default" onClick={() => setChange(true)}>
              {words.change}
            </Button>
          </div>
        ) : (
          <PlaceForm view={view} onDone={() => setChange(false)} />
        )}
      </Section>
      <Make view={view} chosen={chosen} />
      <List view={view} />
      <Section title={words.back}>
        <p className="soft">{words.backHint}</p>
        <div>
          <Button variant="default" onClick={() => setRestoring(true)}>
            {words.backButton}
          </Button>
        </div>
        <p className="faint">{words.terminal}</p>
      </Section>
      <RestoreDialog opened={restoring} onClose={() => setRestoring(false)} />
    </div>
  );
}

function PlaceForm({ view, onDone }: { view: KeepView; onDone: () => void }) {
  const [kind, setKind] = useState(view.place.kind === "" ? "folder" : view.place.kind);
  const [settings, setSettings] = useState<Record<string, string>>(view.place.settings);
  const save = useDo(keep.setPlace, onDone);
  const pick = useDo(app.chooseFolder, (path) => path !== "" && setSettings((s) => ({ ...s, folder: path })));
  const form = view.kinds.find((k) => k.kind === kind)?.settings ?? [];
  const has = view.place.has_secret && kind === view.place.kind;
  const ready = form.every((s) => s.optional || (s.secret && has) || (settings[s.name] ?? "").trim() !== "");
  return (
    <form
      className={css.form}
      onSubmit={(e) => {
        e.preventDefault();
        save.run(kind, settings);
      }}
    >
      <p className="soft">{words.placeHint}</p>
      <Select label={words.kind} data={options(words.kinds)} value={kind} allowDeselect={false} onChange={(k) => k !== null && setKind(k)} />
      {form.map((s) => (
        <PlaceField key={s.name} setting={s} has={has} value={settings[s.name] ?? ""} onChange={(v) => setSettings({ ...settings, [s.name]: v })} onPick={s.name === "folder" ? () => pick.run() : undefined} />
      ))}
      {save.problem && <ProblemNote problem={save.problem} />}
      <div>
        <Button type="submit" disabled={!ready} loading={save.busy}>
          {words.savePlace}
        </Button>
      </div>
    </form>
  );
}

function Make({ view, chosen }: { view: KeepView; chosen: boolean }) {
  const [pass, setPass] = useState("");
  const [again, setAgain] = useState("");
  const [part, setPart] = useState("0");
  const job = usePageJob(keep.backup, ["backup"], () => {
    setPass("");
    setAgain("");
  });
  const differ = pass !== again;
  return (
    <Section title={words.make}>
      <form
        className={css.form}
        onSubmit={(e) => {
          e.preventDefault();
          job.start.run(pass, Number(part));
        }}
      >
        <p className="soft">{words.makeHint(count(view.staged))}</p>
        <PasswordInput label={words.passphrase} description={words.passphraseHint} autoComplete="new-password" value={pass} onChange={(e) => setPass(e.currentTarget.value)} />
        {pass !== "" && <PasswordInput label={words.again} autoComplete="new-password" value={again} error={again !== "" && differ ? words.differ : undefined} onChange={(e) => setAgain(e.currentTarget.value)} />}
        <Select label={words.part} data={options(words.parts)} value={part} allowDeselect={false} onChange={(p) => p !== null && setPart(p)} />
        {job.start.problem && <ProblemNote problem={job.start.problem} />}
        <div>
          <Button type="submit" disabled={!chosen || differ || job.active || view.staged === 0} title={chosen ? undefined : words.noPlace}>
            {words.start}
          </Button>
        </div>
      </form>
      {job.job && (job.active || job.job.error) && <JobPanel job={job.job} stages={false} />}
    </Section>
  );
}

function List({ view }: { view: KeepView }) {
  const [open, setOpen] = useState<KeptView | undefined>(undefined);
  const job = usePageJob(keep.test, ["backup_test"]);
  return (
    <Section title={words.list}>
      <p className="soft">{words.listHint}</p>
      {job.start.problem && <ProblemNote problem={job.start.problem} />}
      {job.job && (job.active || job.job.error) && <JobPanel job={job.job} stages={false} />}
      {view.backups.length === 0 ? (
        <p className="soft">{words.none}</p>
      ) : (
        <div className={tables.wrap}>
          <table className={`${tables.table} ${tables.top}`}>
            <thead>
              <tr>
                <th>{words.name}</th>
                <th>{words.holds}</th>
                <th>{words.test}</th>
                <td />
              </tr>
            </thead>
            <tbody>
              {view.backups.map((b) => (
                <tr key={b.id}>
                  <td>
                    <strong className={css.wrap}>{b.name}</strong>
                    <div className="faint">
                      {when(b.at)}, {b.by}
                    </div>
                    <div className="faint">{b.place}</div>
                  </td>
                  <td>
                    {count(b.records)} records, {count(b.files)} attachments
                    <div className="faint">
                      {size(b.bytes)}, {words.partsN(b.parts)}, {b.encrypted ? words.encrypted : words.plain}
                    </div>
                    {b.missing > 0 && <Mark tone="warn">{words.missing(count(b.missing))}</Mark>}
                  </td>
                  <td>
                    <Tested kept={b} />
                  </td>
                  <td className={tables.num}>
                    <Button size="compact-sm" variant="default" disabled={job.active} onClick={() => setOpen(b)} aria-label={`${words.doTest}: ${b.name}`}>
                      {words.doTest}
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {open && (
        <TestDialog
          kept={open}
          onClose={() => setOpen(undefined)}
          onTest={(pass, every) => {
            setOpen(undefined);
            job.start.run(open.id, pass, every);
          }}
        />
      )}
    </Section>
  );
}

function Tested({ kept: b }: { kept: KeptView }) {
  if (b.tested === "") return <span className="faint">{words.never}</span>;
  return (
    <>
      <Mark tone={b.passed ? "pass" : "fail"}>{b.passed ? words.tested : words.failed}</Mark>
      <div className="faint">
        {b.passed ? words.came(count(b.compared), count(b.opened)) : b.wrong.join(" ")}
        <br />
        {when(b.tested)}, {b.tested_by}
      </div>
    </>
  );
}

function TestDialog({ kept, onClose, onTest }: { kept: KeptView; onClose: () => void; onTest: (pass: string, every: number) => void }) {
  const [pass, setPass] = useState("");
  const [every, setEvery] = useState("10");
  return (
    <Modal opened onClose={onClose} title={words.testTitle}>
      <form
        className="stack"
        onSubmit={(e) => {
          e.preventDefault();
          onTest(pass, Number(every));
        }}
      >
        <p className={css.wrap}>{kept.name}</p>
        {kept.encrypted && <PasswordInput label={words.testPass} autoComplete="off" data-autofocus value={pass} onChange={(e) => setPass(e.currentTarget.value)} />}
        <Select label={words.every} data={options(words.everies)} value={every} allowDeselect={false} onChange={(v) => v !== null && setEvery(v)} />
        <div>
          <Button type="submit" disabled={kept.encrypted && pass === ""}>
            {words.doTest}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
