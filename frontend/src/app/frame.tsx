import { useMantineColorScheme } from "@mantine/core";
import { IconFolderOff, IconMoon } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { actionFor, PAGE_ACTIONS, type Action } from "../actions/actions";
import { queries } from "../api/queries";
import { refreshAll } from "../api/query";
import { app } from "../api/services";
import type { Person } from "../api/types";
import { Ask } from "../components/ask";
import { useRoute } from "../components/route";
import { isHere, NextBar } from "./next-bar";
import { pageOf } from "./page-switch";
import { Palette } from "./palette";
import { Rail } from "./rail";
import css from "./shell.module.css";
import { words } from "./strings";
import { TopBar } from "./top-bar";

/** Frame is what surrounds every page of an open project. */
export function Frame({ person }: { person: Person }) {
  const home = useQuery(queries.home());
  const route = useRoute();
  const [palette, setPalette] = useState(false);
  const { toggleColorScheme } = useMantineColorScheme();
  const main = useRef<HTMLElement>(null);

  const actions = useMemo<Action[]>(
    () => [
      ...PAGE_ACTIONS,
      { id: "look", label: "Switch between light and dark", icon: IconMoon, keys: "Alt+L", run: () => toggleColorScheme() },
      { id: "close", label: words.closeProject, icon: IconFolderOff, run: () => void app.closeProject().then(refreshAll) },
    ],
    [toggleColorScheme],
  );

  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === "k") {
        e.preventDefault();
        setPalette((open) => !open);
        return;
      }
      const action = actionFor(actions, e);
      if (action) {
        e.preventDefault();
        action.run();
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [actions]);

  return (
    <Ask of={home}>
      {(h) => (
        <div className={css.frame}>
          <a
            className="skip"
            href="#content"
            onClick={(e) => {
              e.preventDefault();
              main.current?.focus();
            }}
          >
            {words.skip}
          </a>
          <Rail home={h} route={route} />
          <div className={css.main}>
            <TopBar home={h} person={person} onPalette={() => setPalette(true)} />
            <main className={css.content} id="content" ref={main} tabIndex={-1}>
              {pageOf(route)}
            </main>
            <NextBar step={h.next} here={isHere(h.next.page, route)} />
          </div>
          <Palette actions={actions} opened={palette} onClose={() => setPalette(false)} />
        </div>
      )}
    </Ask>
  );
}
