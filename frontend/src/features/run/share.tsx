import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { runs } from "../../api/services";
import { Ask } from "../../components/ask";
import { useDo } from "../../components/do";
import { Mark } from "../../components/marks";
import { Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { runQueries } from "./api";
import css from "./run.module.css";
import { words } from "./strings";

const w = words.share;
const READY: [string, string][] = [[w.all, "100%"], [w.half, "50%"], [w.night, "20%; 20:00-06:00 100%"]];

/** Share says how much of the desk's limit the move may use, and when. */
export function Share() {
  const share = useQuery(runQueries.share());
  return (
    <Section title={w.title}>
      <p className="soft">{w.lead}</p>
      <Ask of={share} lines={2}>
        {(s) => <Form key={s} share={s} />}
      </Ask>
    </Section>
  );
}

function Form({ share }: { share: string }) {
  const [text, setText] = useState(share);
  const save = useDo(runs.setShare);
  const type = (t: string) => {
    save.forget();
    setText(t);
  };
  return (
    <form
      className={`card pad ${css.rules}`}
      onSubmit={(e) => {
        e.preventDefault();
        save.run(text.trim());
      }}
    >
      <TextInput label={w.label} description={w.hint} value={text} onChange={(e) => type(e.currentTarget.value)} />
      <div className="row">
        <span className="faint">{w.ready}</span>
        {READY.map(([title, t]) => (
          <Button key={title} size="compact-sm" variant="default" onClick={() => type(t)}>
            {title}
          </Button>
        ))}
      </div>
      {save.problem && <ProblemNote problem={save.problem} />}
      <div className="row">
        <Button type="submit" loading={save.busy} disabled={text.trim() === share}>
          {w.save}
        </Button>
        {text.trim() === share && <Mark tone="pass">{w.saved}</Mark>}
      </div>
    </form>
  );
}
