import {
  IconAlertTriangle, IconArchive, IconCheck, IconCircle, IconCircleCheck, IconCircleDot, IconDatabase, IconDeviceDesktop, IconFileCertificate, IconHome,
} from "@tabler/icons-react";
import { useState } from "react";
import { app } from "../api/services";
import type { Home, Phase, Task } from "../api/types";
import { useDo } from "../components/do";
import { shortPath } from "../components/format";
import { formatRoute, parseRoute, type Route } from "../components/route";
import css from "./shell.module.css";
import { words } from "./strings";

const TASK_ICON = { done: IconCircleCheck, current: IconCircleDot, attention: IconAlertTriangle, todo: IconCircle };

function TaskLink({ task, open }: { task: Task; open: boolean }) {
  const Icon = TASK_ICON[task.state as keyof typeof TASK_ICON] as typeof IconCircle | undefined ?? IconCircle;
  return (
    <li>
      <a className={`${css.item} ${css.task}`} data-state={task.state} href={`#/${task.page}`} aria-current={open ? "page" : undefined} title={task.title}>
        <Icon size={15} aria-hidden />
        <span className={css.taskTitle}>{task.title}</span>
        <span className="hidden-text">{words.taskState[task.state] ?? task.state}</span>
        {task.note !== "" && <span className={css.note}>{task.note}</span>}
      </a>
    </li>
  );
}

/** openTask finds the one task that stands for the open page, in the open phase first, and there what is to do. */
export function openTask(phases: Phase[], route: Route): string {
  if (route.page === "home") return "";
  const pick = (tasks: Task[]) => {
    const fit = tasks.filter((t) => parseRoute(t.page).page === route.page);
    return fit.find((t) => t.state === "current") ?? fit.find((t) => t.state !== "done") ?? fit[0];
  };
  const current = pick(phases.find((p) => p.state === "current")?.tasks ?? []);
  return (current ?? pick(phases.flatMap((p) => p.tasks)))?.id ?? "";
}

/** Rail is the way through the move: seven phases, each with a word and a count. */
export function Rail({ home, route }: { home: Home; route: Route }) {
  const current = home.phases.find((p) => p.state === "current")?.number ?? 1;
  const [unfolded, setUnfolded] = useState<number | undefined>(undefined);
  const shown = unfolded ?? current;
  const task = openTask(home.phases, route);
  const reveal = useDo(app.openPath);
  return (
    <aside className={css.rail}>
      <a className={css.brand} href={formatRoute("home")} title={home.project.company || home.project.name}>
        <img src="/icon.svg" alt="" />
        <strong>{home.project.company || home.project.name}</strong>
      </a>
      <nav className={css.nav} aria-label={words.rail}>
        <a className={css.item} href={formatRoute("home")} aria-current={route.page === "home" ? "page" : undefined}>
          <IconHome size={18} aria-hidden />
          {words.home}
        </a>
        <ol className={css.phases} aria-label={words.phases}>
          {home.phases.map((p) => (
            <li key={p.number}>
              <button
                type="button"
                className={css.item}
                data-state={p.state}
                aria-expanded={p.tasks.length > 0 ? shown === p.number : undefined}
                aria-current={p.state === "current" ? "step" : undefined}
                onClick={() => setUnfolded(shown === p.number ? 0 : p.number)}
              >
                <span className={css.number} aria-hidden>
                  {p.state === "done" ? <IconCheck size={13} stroke={2.4} /> : p.number}
                </span>
                <span className={css.title}>{p.title}</span>
                <span className="hidden-text">{words.phaseState[p.state] ?? ""}</span>
                <span className={css.count}>{words.phaseCount(p.done, p.total)}</span>
              </button>
              {shown === p.number && p.tasks.length > 0 && (
                <ul className={css.tasks}>
                  {p.tasks.map((t) => (
                    <TaskLink key={t.id} task={t} open={t.id === task} />
                  ))}
                </ul>
              )}
            </li>
          ))}
        </ol>
        <a className={css.item} href={formatRoute("records")} aria-current={route.page === "records" ? "page" : undefined}>
          <IconDatabase size={18} aria-hidden />
          {words.records}
        </a>
        <a className={css.item} href={formatRoute("report")} aria-current={route.page === "report" ? "page" : undefined}>
          <IconFileCertificate size={18} aria-hidden />
          {words.reports}
        </a>
        <a className={css.item} href={formatRoute("keep")} aria-current={route.page === "keep" ? "page" : undefined}>
          <IconArchive size={18} aria-hidden />
          {words.keep}
        </a>
      </nav>
      <div className={css.foot}>
        <b>
          <IconDeviceDesktop size={14} aria-hidden />
          {words.only}
        </b>
        <button type="button" className="clip" title={`${words.showFolder}: ${home.project.path}`} onClick={() => reveal.run(home.project.path)}>
          {shortPath(home.project.path, 32)}
        </button>
      </div>
    </aside>
  );
}
