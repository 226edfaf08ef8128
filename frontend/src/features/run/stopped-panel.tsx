import { Button } from "@mantine/core";
import { useState } from "react";
import type { RunView } from "../../api/types";
import { ByName } from "../../components/by-name";
import type { Deed } from "../../components/do";
import { Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute } from "../../components/route";
import { words } from "./strings";

const w = words.stopped;

/** StoppedPanel says why a run stopped by itself, who decides, and what can be decided. */
export function StoppedPanel(props: { run: RunView; busy: boolean; beyond: Deed<[string, string], string>; onTakeBack: () => void }) {
  const { run, busy, beyond, onTakeBack } = props;
  const [asking, setAsking] = useState(false);
  const who = run.decides.charAt(0).toUpperCase() + run.decides.slice(1);
  const problem = { ...(run.error ?? { code: "load.threshold", what: w.title, why: "" }), next: "" }; // what comes next stands below, by name
  return (
    <Section title={w.title}>
      <ProblemNote problem={problem} tone="warn">
        <strong>{w.decides(who)}</strong>
      </ProblemNote>
      <div className="row">
        <Button variant="default" disabled={busy} onClick={() => setAsking(true)}>
          {w.goOn}…
        </Button>
        <Button component="a" href={formatRoute("held")} variant="default">
          {w.held}
        </Button>
        <Button variant="outline" color="red" disabled={busy || !run.can_rollback} onClick={onTakeBack}>
          {w.rollback}…
        </Button>
      </div>
      <ByName
        opened={asking}
        title={w.goTitle}
        label={w.why}
        button={w.as}
        busy={beyond.busy}
        problem={beyond.problem}
        onClose={() => {
          setAsking(false);
          beyond.forget();
        }}
        onConfirm={(why) => {
          void beyond.ask(run.id, why).then((id) => {
            if (id !== undefined) setAsking(false);
          });
        }}
      >
        <p>{w.goBody}</p>
      </ByName>
    </Section>
  );
}
