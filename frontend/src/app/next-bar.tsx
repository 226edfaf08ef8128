import { Button } from "@mantine/core";
import type { Step } from "../api/types";
import { parseRoute, type Route } from "../components/route";
import css from "./shell.module.css";
import { words } from "./strings";

/** isHere says whether the open page is where the next step is done; the front page has a button of its own. */
export function isHere(page: string, route: Route): boolean {
  if (route.page === "home") return true;
  const to = parseRoute(page);
  return (
    to.page === route.page &&
    to.rest.every((r, i) => r === route.rest[i]) &&
    Object.entries(to.query).every(([k, v]) => route.query[k] === v)
  );
}

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
