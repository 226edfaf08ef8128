import { MantineProvider } from "@mantine/core";
import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { ready, setBackend, toProblem } from "../api/call";
import { queries } from "../api/queries";
import { listenForChanges, queryClient } from "../api/query";
import type { Problem } from "../api/types";
import { Ask } from "../components/ask";
import { ProblemNote } from "../components/problem-note";
import { StartPage } from "../features/start/start-page";
import { Frame } from "./frame";
import { keepTheWindow } from "./links";
import { theme, variables } from "./theme";
import { PersonButton, SchemeButton } from "./top-bar";

/** connect finds the engine; in development "?demo" takes one that lives in the page. */
async function connect(): Promise<void> {
  if (import.meta.env.DEV && new URLSearchParams(window.location.search).has("demo")) {
    const demo = await import("../api/demo/backend");
    setBackend(demo.demoBackend());
  }
  await ready();
}

function Inside() {
  const start = useQuery(queries.start());
  return (
    <Ask of={start}>
      {(s) =>
        s.project === "" ? (
          <StartPage
            start={s}
            corner={
              <>
                <PersonButton person={s.person} />
                <SchemeButton />
              </>
            }
          />
        ) : (
          <Frame key={s.project} person={s.person} />
        )
      }
    </Ask>
  );
}

export function App() {
  const [state, setState] = useState<"connecting" | "ready" | Problem>("connecting");
  useEffect(() => keepTheWindow(), []);
  useEffect(() => listenForChanges(), []);
  useEffect(() => {
    connect().then(
      () => setState("ready"),
      (e: unknown) => setState(toProblem(e)),
    );
  }, []);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        {state === "ready" && <Inside />}
        {typeof state === "object" && (
          <div className="pad">
            <ProblemNote problem={state} />
          </div>
        )}
      </QueryClientProvider>
    </MantineProvider>
  );
}
