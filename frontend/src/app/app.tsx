import { MantineProvider } from "@mantine/core";
import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { ready, setBackend, toProblem } from "../api/call";
import { queries } from "../api/queries";
import { forgetProject, listenForChanges, queryClient, refreshAll } from "../api/query";
import { app } from "../api/services";
import type { Problem } from "../api/types";
import { onEvent } from "../api/wails";
import { Ask } from "../components/ask";
import { ProblemNote } from "../components/problem-note";
import { go } from "../components/route";
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

/** projectIn finds a project among what a second start of Waybill was given. */
export function projectIn(payload: unknown): string {
  if (typeof payload !== "object" || payload === null || !("args" in payload) || !Array.isArray(payload.args)) return "";
  const path = payload.args.find((a): a is string => typeof a === "string" && /\.waybill[\\/]?$/.test(a));
  if (path === undefined) return "";
  const folder = "folder" in payload && typeof payload.folder === "string" ? payload.folder : "";
  const absolute = /^([\\/]|[A-Za-z]:)/.test(path);
  return absolute || folder === "" ? path : `${folder}${folder.includes("\\") ? "\\" : "/"}${path}`;
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
  useEffect(
    () =>
      onEvent("shell:arguments", (payload) => {
        const path = projectIn(payload);
        if (path === "") return;
        void app.openProject(path).then(() => {
          forgetProject();
          go("home");
          return refreshAll();
        }, () => undefined); // A project that is open elsewhere says so when it is opened from the start screen.
      }),
    [],
  );
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
