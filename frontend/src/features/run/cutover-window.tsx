import { Button, NumberInput, Popover } from "@mantine/core";
import { useState } from "react";
import { runs } from "../../api/services";
import type { PlanView } from "../../api/types";
import { useDo } from "../../components/do";
import { duration } from "../../components/format";
import { Mark, type Tone } from "../../components/marks";
import { ProblemNote } from "../../components/problem-note";
import css from "./run.module.css";
import { words } from "./strings";

const w = words.window;
const TONES: Record<string, Tone> = { yes: "pass", perhaps: "warn", no: "fail" };

/** fitsWords say whether a move fits its window; empty without a window. */
export function fitsWords(plan: Pick<PlanView, "fits" | "window_hours">): string {
  const hours = duration(plan.window_hours * 3600);
  return { yes: w.yes(hours), perhaps: w.perhaps(hours), no: w.no(hours) }[plan.fits] ?? "";
}

/** CutoverWindow says whether the move fits the hours that it may take, and lets them be stated. */
export function CutoverWindow({ plan }: { plan: PlanView }) {
  const [open, setOpen] = useState(false);
  const [hours, setHours] = useState<number | string>(plan.window_hours);
  const save = useDo(runs.setWindow, () => setOpen(false));
  const said = fitsWords(plan);
  return (
    <div className={css.fact}>
      <dt>{w.title}</dt>
      <dd className="row">
        {said !== "" && <Mark tone={TONES[plan.fits] ?? "faint"}>{said}</Mark>}
        <Popover opened={open} onChange={setOpen} position="bottom-start" width={320} trapFocus withArrow shadow="sm">
          <Popover.Target>
            <Button
              size="compact-xs"
              variant={said === "" ? "light" : "subtle"}
              onClick={() => {
                setHours(plan.window_hours);
                setOpen(!open);
              }}
            >
              {said === "" ? w.none : w.edit}
            </Button>
          </Popover.Target>
          <Popover.Dropdown>
            <form
              className="stack-tight"
              onSubmit={(e) => {
                e.preventDefault();
                save.run(Number(hours) || 0);
              }}
            >
              <NumberInput label={w.label} description={w.hint} value={hours} onChange={setHours} min={0} step={1} decimalScale={1} data-autofocus />
              {save.problem && <ProblemNote problem={save.problem} />}
              <div>
                <Button type="submit" loading={save.busy}>
                  {w.save}
                </Button>
              </div>
            </form>
          </Popover.Dropdown>
        </Popover>
      </dd>
    </div>
  );
}
