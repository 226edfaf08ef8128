import { IconCheck, IconMinus } from "@tabler/icons-react";
import type { CountView, Side, SideView } from "../../api/types";
import { Figure } from "../../components/figure";
import { ago, count, duration } from "../../components/format";
import { Mark, Verdict } from "../../components/marks";
import { Section } from "../../components/page";
import tables from "../../components/table.module.css";
import css from "./connect.module.css";
import { words } from "./strings";

/** SideResult is what the test of a connection found out. */
export function SideResult({ side, view }: { side: Side; view: SideView }) {
  return (
    <>
      <Section title={view.title} aside={<Mark tone="pass">{words.connected}</Mark>}>
        <div className={`card ${css.result}`}>
          <Facts view={view} />
          {!view.files && <Rights view={view} />}
        </div>
      </Section>
      {!view.files && <Holds side={side} view={view} />}
    </>
  );
}

function Facts({ view }: { view: SideView }) {
  const rate = view.per_minute === 0 ? words.rateNone : [words.rateOf(count(view.per_minute)), view.updates_per_minute > 0 ? words.updatesOf(count(view.updates_per_minute)) : ""].filter((s) => s !== "").join(", ");
  const facts: [string, string, boolean][] = [
    [words.address, view.address, /^https?:/.test(view.address)],
    [words.account, view.account, false],
    [words.as, view.as, false],
    [words.plan, view.plan, false],
    [words.zone, view.zone, false],
    [words.rate, view.files ? "" : rate, false],
  ];
  return (
    <dl className={css.facts}>
      {facts
        .filter(([, v]) => v !== "")
        .map(([name, value, mono]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className={mono ? "mono" : ""}>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function Rights({ view }: { view: SideView }) {
  return (
    <div className="stack">
      {view.missing.length > 0 && (
        <div>
          <h3>{words.lacks}</h3>
          <ul className={css.can}>
            {view.missing.map((r) => (
              <li key={r} data-lacks="true">
                <IconMinus size={16} aria-hidden />
                <span>{r}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      <div>
        <h3>{words.rights}</h3>
        <ul className={css.can}>
          {view.rights.map((r) => (
            <li key={r} data-can="true">
              <IconCheck size={16} aria-hidden />
              <span>{r}</span>
            </li>
          ))}
        </ul>
        {view.missing.length === 0 && <p className="faint">{words.lacksNothing}</p>}
      </div>
    </div>
  );
}

function Holds({ side, view }: { side: Side; view: SideView }) {
  return (
    <Section title={words.holds} aside={view.counted !== "" && <span className="faint">{words.counted(ago(view.counted))}</span>}>
      {view.counted === "" ? (
        <p className="soft">{words.uncounted}</p>
      ) : (
        <>
          {side === "source" && view.high_s > 0 && (
            <Verdict tone="note" title={words.takes(duration(view.low_s), duration(view.high_s))}>
              <p className="soft">
                {view.per_minute > 0 ? words.takesLimited(count(view.requests_low), count(view.per_minute)) : words.takesFree(count(view.requests_low))}
              </p>
              {view.unreckoned.length > 0 && <p className="soft">{words.unreckoned(view.unreckoned.join(", "))}</p>}
            </Verdict>
          )}
          <div className={tables.wrap}>
            <table className={`${tables.table} ${css.counts}`}>
              <thead>
                <tr>
                  <th>{words.record}</th>
                  <th className={tables.num}>{words.records}</th>
                  <th>{words.exact}</th>
                </tr>
              </thead>
              <tbody>
                {view.objects.map((o) => (
                  <Count key={o.object} of={o} />
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </Section>
  );
}

function Count({ of: o }: { of: CountView }) {
  return (
    <tr>
      <th scope="row">{o.title}</th>
      {o.problem ? (
        <>
          <td className={tables.num}>–</td>
          <td>
            <Mark tone="warn">{words.notAvailable}</Mark>
            <p className="soft">
              {o.problem.what} {o.problem.why}
            </p>
            <p>{o.problem.next}</p>
          </td>
        </>
      ) : (
        <>
          <td className={tables.num}>
            {o.unknown ? "?" : <Figure of={o.count} />}
          </td>
          <td className="soft">{o.unknown ? words.unknown : o.count.exact ? words.exactYes : words.exactNo}</td>
        </>
      )}
    </tr>
  );
}
