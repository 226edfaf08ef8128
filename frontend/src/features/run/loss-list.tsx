import { Select } from "@mantine/core";
import { runs } from "../../api/services";
import type { LossView } from "../../api/types";
import { useDo } from "../../components/do";
import { Figure } from "../../components/figure";
import { objectTitle, objectWord, when } from "../../components/format";
import { Mark } from "../../components/marks";
import { Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import css from "./run.module.css";
import { words } from "./strings";

const w = words.losses;

/** lossTitle says a line behind its number: "messages: Text is longer than 65,000 characters". */
export function lossTitle(l: Pick<LossView, "object" | "count" | "what">): string {
  return `${l.count.value === 1 ? objectWord(l.object) : objectTitle(l.object).toLowerCase()}: ${l.what}`;
}

/** LossList is the forecast of what the target cannot hold, with a choice for each line. */
export function LossList({ losses, busy, onChosen }: { losses: LossView[]; busy: boolean; onChosen: () => void }) {
  const toChoose = losses.filter((l) => l.choices.length > 0);
  const known = losses.filter((l) => l.choices.length === 0);
  return (
    <Section title={w.title}>
      {losses.length === 0 ? (
        <Mark tone="pass">{w.none}</Mark>
      ) : (
        <>
          <p className="soft">{w.lead}</p>
          <ul className="card">
            {toChoose.map((l) => (
              <Loss key={`${l.code}/${l.object}/${l.field}`} loss={l} busy={busy} onChosen={onChosen} />
            ))}
            {known.length > 0 && (
              <li>
                <details className={css.known} open={toChoose.length === 0}>
                  <summary>{w.knownOnly(known.length)}</summary>
                  <ul>
                    {known.map((l) => (
                      <Loss key={`${l.code}/${l.object}/${l.field}`} loss={l} busy={busy} onChosen={onChosen} />
                    ))}
                  </ul>
                </details>
              </li>
            )}
          </ul>
        </>
      )}
    </Section>
  );
}

function Loss({ loss, busy, onChosen }: { loss: LossView; busy: boolean; onChosen: () => void }) {
  const choose = useDo(runs.choose, onChosen);
  const chosen = loss.choices.find((c) => c.value === loss.choice);
  const title = lossTitle(loss);
  const Title = loss.choices.length > 0 ? "h3" : "span";
  return (
    <li className={css.loss}>
      <div className={css.lossNumber}>
        <Figure of={loss.count} what={title} />
      </div>
      <div className={css.lossWhat}>
        <Title>{title}</Title>
        {loss.choices.length > 0 && (
          <>
            <p className="soft">{chosen?.means}</p>
            <p className="faint">{loss.chosen_by === "" ? w.nobody : w.by(loss.chosen_by, when(loss.chosen_at))}</p>
          </>
        )}
        {choose.problem && <ProblemNote problem={choose.problem} />}
      </div>
      {loss.choices.length > 0 && (
        <Select
          w={260}
          aria-label={w.for(title)}
          data={loss.choices.map((c) => ({ value: c.value, label: c.title }))}
          value={loss.choice}
          allowDeselect={false}
          disabled={busy || choose.busy}
          comboboxProps={{ width: 400, position: "bottom-end" }}
          renderOption={({ option }) => (
            <span className={css.choice}>
              <b>{option.label}</b>
              <span className="faint">{loss.choices.find((c) => c.value === option.value)?.means}</span>
            </span>
          )}
          onChange={(value) => {
            if (value !== null && value !== loss.choice) choose.run(loss.code, loss.object, loss.field, value);
          }}
        />
      )}
    </li>
  );
}
