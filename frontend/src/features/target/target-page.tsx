import { Button, PasswordInput, Select, TextInput } from "@mantine/core";
import { IconCheck, IconFlask, IconMinus } from "@tabler/icons-react";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { target } from "../../api/services";
import type { DeskView, Gap, KindView } from "../../api/types";
import { Ask } from "../../components/ask";
import { useDo } from "../../components/do";
import { Figure } from "../../components/figure";
import { Mark, Pill } from "../../components/marks";
import { Page, Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import tables from "../../components/table.module.css";
import { words } from "./strings";
import css from "./target.module.css";

const deskQuery = queryOptions({ queryKey: ["target", "desk"], queryFn: target.desk });
const kindsQuery = queryOptions({ queryKey: ["target", "kinds"], queryFn: target.kinds, staleTime: Infinity });

/** TargetPage connects the desk to move to and shows what it lacks. */
export function TargetPage() {
  const desk = useQuery(deskQuery);
  const [other, setOther] = useState(false);
  return (
    <Ask of={desk}>
      {(d) => (
        <Page
          title={words.title}
          lead={words.lead}
          actions={
            d.connected && (
              <>
                <Button variant="default" loading={desk.isFetching} onClick={() => void desk.refetch()}>
                  {words.refresh}
                </Button>
                <Button variant="default" onClick={() => setOther(!other)} aria-expanded={other}>
                  {words.other}
                </Button>
              </>
            )
          }
        >
          {d.error && <ProblemNote problem={d.error} onRetry={() => void desk.refetch()} />}
          {(!d.connected || other) && <Ways practice={!(d.connected && d.practice)} onDone={() => setOther(false)} />}
          {d.connected && (
            <>
              <Desk desk={d} />
              <Gaps gaps={d.gaps} />
            </>
          )}
        </Page>
      )}
    </Ask>
  );
}

function Ways({ practice, onDone }: { practice: boolean; onDone: () => void }) {
  const kinds = useQuery(kindsQuery);
  const start = useDo(target.startPractice, onDone);
  return (
    <div className={css.ways}>
      {practice && (
        <section className={`card ${css.way}`} aria-label={words.practice}>
          <h2 className="row">
            <IconFlask size={22} stroke={1.6} color="var(--accent)" aria-hidden />
            {words.practice}
          </h2>
          <p className="soft">{words.practiceBody}</p>
          {start.problem && <ProblemNote problem={start.problem} />}
          <Button loading={start.busy} onClick={() => start.run()}>
            {words.practiceStart}
          </Button>
        </section>
      )}
      <Ask of={kinds}>
        {(list) => {
          const real = list.filter((k) => k.target && !k.practice);
          return real.length === 0 ? null : <Connect kinds={real} onDone={onDone} />;
        }}
      </Ask>
    </div>
  );
}

function Connect({ kinds, onDone }: { kinds: KindView[]; onDone: () => void }) {
  const [name, setName] = useState(kinds[0]?.name ?? "");
  const [values, setValues] = useState<Record<string, string>>({});
  const connect = useDo(target.connect, onDone);
  const kind = kinds.find((k) => k.name === name);
  const form = kind?.form ?? [];
  const value = (f: { name: string; value: string }) => values[f.name] ?? f.value;
  const complete = form.every((f) => !f.required || value(f).trim() !== "");
  return (
    <section className={`card ${css.way}`} aria-label={words.connectTitle}>
      <h2>{words.connectTitle}</h2>
      <form
        className="stack"
        onSubmit={(e) => {
          e.preventDefault();
          connect.run(name, Object.fromEntries(form.map((f) => [f.name, value(f)])));
        }}
      >
        {kinds.length > 1 && (
          <Select label={words.which} data={kinds.map((k) => ({ value: k.name, label: k.title }))} value={name} allowDeselect={false} onChange={(v) => v !== null && setName(v)} />
        )}
        {kinds.length === 1 && <h3>{kind?.title}</h3>}
        {form.map((f) => {
          const Field = f.secret ? PasswordInput : TextInput;
          return (
            <Field
              key={`${name}.${f.name}`}
              label={f.title}
              description={f.help || undefined}
              placeholder={f.placeholder}
              required={f.required}
              value={value(f)}
              autoComplete="off"
              onChange={(e) => {
                const typed = e.currentTarget.value;
                setValues((v) => ({ ...v, [f.name]: typed }));
              }}
            />
          );
        })}
        <p className="faint">{words.kept}</p>
        {connect.problem && <ProblemNote problem={connect.problem} />}
        <div>
          <Button type="submit" variant="default" loading={connect.busy} disabled={!complete}>
            {words.connect}
          </Button>
        </div>
      </form>
    </section>
  );
}

function Desk({ desk }: { desk: DeskView }) {
  return (
    <Section title={desk.title} aside={<Mark tone={desk.error ? "fail" : "pass"}>{desk.error ? words.notConnected : words.connected}</Mark>}>
      <div className={`card ${css.desk}`}>
        <div>
          <dl className={css.dl}>
            <dt>{words.address}</dt>
            <dd className={/^https?:/.test(desk.address) ? "mono" : ""}>{desk.address}</dd>
            <dt>{words.account}</dt>
            <dd>{desk.account}</dd>
            <dt>{words.as}</dt>
            <dd>{desk.as}</dd>
          </dl>
        </div>
        <div>
          <h3>{words.rights}</h3>
          <ul className={css.list}>
            {desk.rights.map((r) => (
              <li key={r}>
                <IconCheck size={16} color="var(--pass)" aria-hidden />
                <span>{r}</span>
              </li>
            ))}
            {desk.missing.map((r) => (
              <li key={r}>
                <IconMinus size={16} color="var(--fail)" aria-hidden />
                <span>
                  <span className="hidden-text">{words.missing}: </span>
                  {r}
                </span>
              </li>
            ))}
          </ul>
        </div>
        {desk.objects.length > 0 && (
          <div>
            <h3>{words.holds}</h3>
            <dl className={css.dl} style={{ marginTop: 6 }}>
              {desk.objects.map((o) => (
                <div key={o.name} style={{ display: "contents" }}>
                  <dt>{o.name}</dt>
                  <dd style={{ fontVariantNumeric: "tabular-nums" }}>{o.value}</dd>
                </div>
              ))}
            </dl>
          </div>
        )}
      </div>
    </Section>
  );
}

function Gaps({ gaps }: { gaps: Gap[] }) {
  const create = useDo(target.createGap);
  const all = useDo(target.createAllGaps);
  const able = gaps.filter((g) => g.can_create).length;
  const problem = create.problem ?? all.problem;
  return (
    <Section
      title={words.gaps}
      aside={
        able > 1 && (
          <Button loading={all.busy} onClick={() => all.run()}>
            {words.createAll(able)}
          </Button>
        )
      }
    >
      {problem && <ProblemNote problem={problem} />}
      {gaps.length === 0 ? (
        <p>
          <Mark tone="pass">{words.noGaps}</Mark>
        </p>
      ) : (
        <div className={tables.wrap}>
          <table className={tables.table}>
            <thead>
              <tr>
                <th>{words.gap}</th>
                <th>{words.why}</th>
                <th className={tables.num}>{words.used}</th>
                <td />
              </tr>
            </thead>
            <tbody>
              {gaps.map((g) => (
                <tr key={g.id}>
                  <td>
                    <strong>{g.what}</strong>
                  </td>
                  <td className="soft">{g.why}</td>
                  <td className={tables.num}>
                    <Figure of={g.count} what={g.what} />
                  </td>
                  <td className={tables.num}>
                    {g.can_create ? (
                      <Button size="compact-sm" variant="default" disabled={create.busy || all.busy} onClick={() => create.run(g.id)} aria-label={`${words.create}: ${g.what}`}>
                        {words.create}
                      </Button>
                    ) : (
                      <Pill>{words.byHand}</Pill>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}
