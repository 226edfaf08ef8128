import { Button, Checkbox, NumberInput, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { runs } from "../../api/services";
import type { Thresholds } from "../../api/types";
import { Ask } from "../../components/ask";
import { useDo } from "../../components/do";
import { Mark } from "../../components/marks";
import { Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { runQueries } from "./api";
import css from "./run.module.css";
import { words } from "./strings";

const w = words.rules;

/** Rules are the thresholds at which a run stops by itself, and who decides then. */
export function Rules() {
  const rules = useQuery(runQueries.thresholds());
  return (
    <Section title={w.title}>
      <p className="soft">{w.lead}</p>
      <Ask of={rules} lines={4}>
        {(t) => <Form key={JSON.stringify(t)} rules={t} />}
      </Ask>
    </Section>
  );
}

function Form({ rules }: { rules: Thresholds }) {
  const [t, setT] = useState(rules);
  const save = useDo(runs.setThresholds);
  const set = (part: Partial<Thresholds>) => {
    save.forget();
    setT({ ...t, ...part });
  };
  const number = (v: number | string) => (typeof v === "number" ? v : Number(v) || 0);
  const changed = JSON.stringify(t) !== JSON.stringify(rules);
  return (
    <form
      className={`card pad ${css.rules}`}
      onSubmit={(e) => {
        e.preventDefault();
        save.run(t);
      }}
    >
      <div className={css.pair}>
        <NumberInput label={w.percent} description={w.zero} value={t.held_percent} onChange={(v) => set({ held_percent: number(v) })} min={0} max={100} decimalScale={1} suffix={` ${w.percentSuffix}`} />
        <NumberInput label={w.atLeast} description={w.zeroLeast} value={t.at_least} onChange={(v) => set({ at_least: number(v) })} min={0} allowDecimal={false} thousandSeparator="," disabled={t.held_percent === 0} />
      </div>
      <div className={css.pair}>
        <NumberInput label={w.inARow} description={w.zero} value={t.in_a_row} onChange={(v) => set({ in_a_row: number(v) })} min={0} allowDecimal={false} thousandSeparator="," />
        <TextInput label={w.decides} description={w.decidesHint} value={t.decides} onChange={(e) => set({ decides: e.currentTarget.value })} />
      </div>
      <Checkbox label={w.checked} checked={t.checked_first} onChange={(e) => set({ checked_first: e.currentTarget.checked })} />
      {t.held_percent === 0 && t.in_a_row === 0 && <Mark tone="warn">{w.none}</Mark>}
      {save.problem && <ProblemNote problem={save.problem} />}
      <div className="row">
        <Button type="submit" loading={save.busy} disabled={!changed}>
          {w.save}
        </Button>
        {!changed && <Mark tone="pass">{w.saved}</Mark>}
      </div>
    </form>
  );
}
