import { Button } from "@mantine/core";
import { target } from "../api/services";
import type { Gap } from "../api/types";
import { useDo } from "./do";
import { Figure } from "./figure";
import { Mark, Pill } from "./marks";
import { Section } from "./page";
import { ProblemNote } from "./problem-note";
import tables from "./table.module.css";

const words = {
  gaps: "What the target lacks",
  none: "The target has everything that the mapping needs.",
  gap: "Missing",
  why: "Why it is needed",
  used: "Used by",
  create: "Create for me",
  createAll: (n: number) => `Create all ${n} for me`,
  byHand: "Create it in the help desk itself",
};

/** GapList is what the target lacks: created from here where the desk allows it, else the list of what to set up there. */
export function GapList({ gaps }: { gaps: Gap[] }) {
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
          <Mark tone="pass">{words.none}</Mark>
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
