import { Button } from "@mantine/core";
import { useState } from "react";
import { runs } from "../../api/services";
import type { ClockView } from "../../api/types";
import { ColumnChart } from "../../components/bars";
import { useDo } from "../../components/do";
import { figure } from "../../components/figure";
import { count, when } from "../../components/format";
import { Mark } from "../../components/marks";
import { Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import tables from "../../components/table.module.css";
import css from "./run.module.css";
import { words } from "./strings";

const w = words.clock;
const HOURS = 24;
const hour = new Intl.DateTimeFormat(undefined, { weekday: "short", hour: "2-digit", minute: "2-digit" });

/** RollbackClock counts, when asked, what lives only in the target: the cost of going back. */
export function RollbackClock({ busy }: { busy: boolean }) {
  const [clock, setClock] = useState<ClockView | undefined>();
  const read = useDo(runs.clock, setClock);
  return (
    <Section
      title={w.title}
      aside={
        <span className="row">
          {clock && <span className="faint">{w.at(when(clock.at))}</span>}
          <Button size="compact-sm" variant="default" disabled={busy} loading={read.busy} onClick={() => read.run()}>
            {clock ? w.again : w.count}
          </Button>
        </span>
      }
    >
      <p className="soft">{w.lead}</p>
      {read.problem && <ProblemNote problem={read.problem} tone="note" />}
      {clock && <Counted clock={clock} />}
    </Section>
  );
}

function Counted({ clock: c }: { clock: ClockView }) {
  if (c.since === "") return <p className="soft">{w.notYet}</p>;
  if (c.total === 0) return <Mark tone="pass">{w.none(when(c.since))}</Mark>;
  return (
    <div className={`card pad ${css.clock}`}>
      <div className="stack-tight">
        <Mark tone="warn">{w.total(count(c.total), when(c.since))}</Mark>
        <table className={`${tables.table} ${tables.dense}`}>
          <tbody>
            {c.objects.map((o) => (
              <tr key={o.name}>
                <th scope="row">{o.name}</th>
                <td className={tables.num}>{o.value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {c.hours.length > 0 && <ColumnChart title={w.bars} buckets={c.hours.slice(-HOURS).map((h) => ({ label: hour.format(Date.parse(h.at)), count: figure(h.count) }))} />}
    </div>
  );
}
