import { Button } from "@mantine/core";
import type { Step } from "../api/types";
import css from "./shell.module.css";
import { words } from "./strings";

/** NextBar is the next thing to do: always there, always right. On its own page the button is quiet. */
export function NextBar({ step, here }: { step: Step; here: boolean }) {
  return (
    <footer className={css.next} aria-label={words.next}>
      <span className={css.label}>{words.next}</span>
      <span className={css.what}>{step.title}</span>
      <span className={css.why} title={step.why}>
        {step.why}
      </span>
      {!here && step.button !== "" && (
        <Button component="a" href={`#/${step.page}`} variant="light">
          {step.button}
        </Button>
      )}
    </footer>
  );
}
