import { Button, PasswordInput, Radio, Select, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconCheck, IconMinus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { desks, target } from "../../api/services";
import type { Ability, FormView, KindView, Side, SideView } from "../../api/types";
import { Ask } from "../../components/ask";
import { useDo } from "../../components/do";
import { count } from "../../components/format";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute } from "../../components/route";
import { connectQueries } from "./api";
import css from "./connect.module.css";
import { kindsOf, missing, sameDesk, settingsOf, shown, valueOf, type Values } from "./model";
import { words } from "./strings";

interface Props {
  side: Side;
  view: SideView;
  onDone: () => void;
  onCancel: (() => void) | undefined;
}

/** ConnectForm chooses a desk and asks for what it needs, with how to get it beside. */
export function ConnectForm(props: Props) {
  const kinds = useQuery(connectQueries.kinds());
  return <Ask of={kinds}>{(all) => <Choose {...props} kinds={kindsOf(all, props.side)} />}</Ask>;
}

function Choose({ side, view, kinds, onDone, onCancel }: Props & { kinds: KindView[] }) {
  const [name, setName] = useState(kinds.some((k) => k.name === view.kind) ? view.kind : (kinds[0]?.name ?? ""));
  const kind = kinds.find((k) => k.name === name);
  return (
    <div className={css.columns}>
      <div className="stack">
        <Radio.Group label={words.which[side]} value={name} onChange={setName} classNames={{ label: css.question ?? "" }}>
          <div className={css.kinds}>
            {kinds.map((k) => (
              <Radio key={k.name} value={k.name} label={k.title} className={css.kind ?? ""} wrapperProps={{ "data-chosen": k.name === name }} />
            ))}
          </div>
        </Radio.Group>
        {kind?.files && (
          <section className={`card ${css.access}`} aria-label={kind.title}>
            <p>{words.files}</p>
            <div className="row">
              <Button component="a" href={formatRoute("source", [], { files: "1" })}>
                {words.filesButton}
              </Button>
              <Cancel onCancel={onCancel} />
            </div>
          </section>
        )}
        {kind?.practice && side === "target" && <Practice onDone={onDone} />}
        {kind && !kind.files && <Access key={kind.name} side={side} view={view} kind={kind} onDone={onDone} onCancel={onCancel} />}
      </div>
      {kind && <Beside kind={kind} side={side} />}
    </div>
  );
}

function Cancel({ onCancel }: { onCancel: (() => void) | undefined }) {
  if (!onCancel) return null;
  return (
    <Button variant="default" onClick={onCancel}>
      {words.cancel}
    </Button>
  );
}

function Practice({ onDone }: { onDone: () => void }) {
  const start = useDo(target.startPractice, onDone);
  return (
    <section className={`card ${css.access}`} aria-label={words.practiceStart}>
      <p>{words.practice}</p>
      {start.problem && <ProblemNote problem={start.problem} />}
      <div>
        <Button variant="default" loading={start.busy} onClick={() => start.run()}>
          {words.practiceStart}
        </Button>
      </div>
    </section>
  );
}

function Access({ side, view, kind, onDone, onCancel }: Props & { kind: KindView }) {
  const [values, setValues] = useState<Values>(view.kind === kind.name ? view.settings : {});
  const connect = useDo(desks.connect, onDone);
  const note = useRef<HTMLDivElement>(null);
  const said = connect.problem?.what ?? "";
  useEffect(() => {
    if (said !== "") note.current?.scrollIntoView({ block: "nearest" });
  }, [said]);
  const kept = sameDesk(kind, values, view);
  const open = missing(kind.form, values, kept);
  const set = (field: string, value: string) => {
    setValues((v) => ({ ...v, [field]: value }));
    connect.forget();
  };
  const fields = kind.form.filter((f) => shown(kind.form, f, values));
  const bad = connect.problem?.where?.field ?? "";
  const draw = (f: FormView) => <Field key={f.name} kind={kind} field={f} value={valueOf(f, values)} kept={kept} wrong={bad === f.name} onChange={(v) => set(f.name, v)} />;
  return (
    <section className={`card ${css.access}`} aria-label={words.form(kind.title)}>
      <h2>{words.form(kind.title)}</h2>
      <form
        className="stack"
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          if (open.length === 0) connect.run(side, kind.name, settingsOf(kind.form, values));
        }}
      >
        {fields.filter((f) => !f.expert).map(draw)}
        {fields.some((f) => f.expert) && (
          <details className={css.expert} open={fields.some((f) => f.expert && f.name === bad) || undefined}>
            <summary>{words.expert}</summary>
            <div className="stack">{fields.filter((f) => f.expert).map(draw)}</div>
          </details>
        )}
        <p className="faint">{words.stored}</p>
        <div ref={note}>{connect.problem && <ProblemNote problem={fields.some((f) => f.name === bad) ? { ...connect.problem, where: {} } : connect.problem} />}</div>
        <div className="row">
          <Button type="submit" loading={connect.busy} disabled={open.length > 0}>
            {words.connect}
          </Button>
          <Cancel onCancel={onCancel} />
          <span role="status" className="soft">
            {connect.busy ? words.testing : ""}
          </span>
        </div>
      </form>
    </section>
  );
}

function Field({ kind, field: f, value, kept, wrong, onChange }: { kind: KindView; field: FormView; value: string; kept: boolean; wrong: boolean; onChange: (v: string) => void }) {
  if (f.options.length > 0) {
    return (
      <Select
        label={f.title}
        description={f.help || undefined}
        data={f.options.map((o) => ({ value: o.value, label: o.title ?? o.value }))}
        value={value}
        allowDeselect={false}
        error={wrong}
        onChange={(v) => v !== null && onChange(v)}
      />
    );
  }
  const Input = f.secret ? PasswordInput : TextInput;
  return (
    <div>
      <Input
        label={f.title}
        description={f.secret && kept ? `${f.help} ${words.keptSecret}`.trim() : f.help || undefined}
        placeholder={f.placeholder}
        required={f.required && !(f.secret && kept)}
        value={value}
        error={wrong}
        aria-invalid={wrong || undefined}
        autoComplete="off"
        spellCheck={false}
        onChange={(e) => onChange(e.currentTarget.value)}
      />
      {f.address && <Tidied kind={kind.name} text={value} />}
    </div>
  );
}

/** Tidied says what is made of an address while it is typed; what is wrong with it is said when it is tried. */
function Tidied({ kind, text }: { kind: string; text: string }) {
  const [still] = useDebouncedValue(text, 250);
  const tidy = useQuery(connectQueries.tidy(kind, still));
  const address = still.trim() === "" ? "" : (tidy.data?.address ?? "");
  return (
    <p className={css.tidy} aria-live="polite">
      {address !== "" && address !== text.trim() ? words.becomes(address) : ""}
    </p>
  );
}

function Beside({ kind, side }: { kind: KindView; side: Side }) {
  const can: Ability[] = side === "source" ? kind.as_source : kind.as_target;
  return (
    <aside className={css.beside} aria-label={kind.title}>
      {kind.guide.length > 0 && (
        <section>
          <h3>{words.guide}</h3>
          <ol className={css.guide}>
            {kind.guide.map((g) => (
              <li key={g}>{g}</li>
            ))}
          </ol>
        </section>
      )}
      <section>
        <h3>{words.can}</h3>
        <ul className={css.can}>
          {can.map((a) => (
            <li key={a.title} data-can={a.can}>
              {a.can ? <IconCheck size={16} aria-hidden /> : <IconMinus size={16} aria-hidden />}
              <span>
                <span className="hidden-text">{a.can ? words.canYes : words.canNo}: </span>
                {a.title}
              </span>
            </li>
          ))}
        </ul>
        {kind.per_minute > 0 && <p className="faint">{words.limit(count(kind.per_minute))}</p>}
      </section>
      {side === "target" && kind.before.length > 0 && (
        <section>
          <h3>{words.before}</h3>
          <ul className={css.cannot}>
            {kind.before.map((p) => (
              <li key={p}>{p}</li>
            ))}
          </ul>
        </section>
      )}
      {side === "target" && kind.plain.length > 0 && (
        <section>
          <h3>{words.cannot}</h3>
          <ul className={css.cannot}>
            {kind.plain.map((p) => (
              <li key={p}>{p}</li>
            ))}
          </ul>
        </section>
      )}
    </aside>
  );
}
