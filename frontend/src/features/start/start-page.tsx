import { Button } from "@mantine/core";
import { IconFlask, IconFolderOpen, IconFolderPlus } from "@tabler/icons-react";
import { useEffect, useState, type ReactNode } from "react";
import { forgetProject } from "../../api/query";
import { app } from "../../api/services";
import type { StartView } from "../../api/types";
import { onFileDrop } from "../../api/wails";
import { useDo } from "../../components/do";
import { ago } from "../../components/format";
import { Mark } from "../../components/marks";
import { ProblemNote } from "../../components/problem-note";
import { RestoreDialog } from "../../components/restore";
import { go } from "../../components/route";
import tables from "../../components/table.module.css";
import { NewProject } from "./new-project";
import css from "./start.module.css";
import { words } from "./strings";

function opened(): void {
  forgetProject();
  go("home");
}

/** StartPage is shown while no project is open. */
export function StartPage({ start, corner }: { start: StartView; corner: ReactNode }) {
  const [making, setMaking] = useState(false);
  const [restoring, setRestoring] = useState(false);
  const open = useDo(app.openProject, opened);
  const sample = useDo(app.openSample, opened);
  const choose = useDo(
    async () => {
      const path = await app.chooseProject();
      if (path !== "") await app.openProject(path);
      return path;
    },
    (path) => {
      if (path !== "") opened();
    },
  );
  const openDropped = open.run;
  useEffect(
    () =>
      onFileDrop((paths) => {
        const project = paths.find((p) => /\.waybill[\\/]?$/.test(p));
        if (project) openDropped(project);
      }),
    // The newest function is as good as the first: it only starts a call.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [],
  );
  useEffect(() => {
    document.title = words.title;
  }, []);
  const problem = open.problem ?? sample.problem ?? choose.problem;
  const busy = open.busy || sample.busy || choose.busy;

  return (
    <div className={css.page} style={{ height: "100%", overflowY: "auto" }}>
      <div className={css.corner}>{corner}</div>
      <main className={css.sheet}>
        <div className={css.brand}>
          <img src="/icon.svg" alt="" />
          <div>
            <h1>{words.title}</h1>
            <p>{words.lead}</p>
          </div>
        </div>
        {problem && <ProblemNote problem={problem} />}
        <div className={css.ways}>
          <div className={css.way}>
            <IconFolderPlus size={24} stroke={1.6} aria-hidden />
            <h2 className="small">{words.newProject}</h2>
            <p>{words.newHint}</p>
            <Button disabled={busy} onClick={() => setMaking(true)}>
              {words.newProject}
            </Button>
          </div>
          <div className={css.way}>
            <IconFolderOpen size={24} stroke={1.6} aria-hidden />
            <h2 className="small">{words.open}</h2>
            <p>{words.openHint}</p>
            <Button variant="default" loading={choose.busy} disabled={busy} onClick={() => choose.run()}>
              {words.open}
            </Button>
            <button type="button" className={tables.open} disabled={busy} onClick={() => setRestoring(true)}>
              {words.backup}
            </button>
          </div>
          <div className={css.way}>
            <IconFlask size={24} stroke={1.6} aria-hidden />
            <h2 className="small">{words.sample}</h2>
            <p>{words.sampleHint}</p>
            <Button variant="default" loading={sample.busy} disabled={busy} onClick={() => sample.run()}>
              {words.sample}
            </Button>
          </div>
        </div>
        <section className="stack-tight" aria-label={words.recent}>
          <h2>{words.recent}</h2>
          {start.recent.length === 0 ? (
            <p className="soft">{words.noRecent}</p>
          ) : (
            <div className={tables.wrap}>
              <table className={`${tables.table} ${tables.hover}`}>
                <thead>
                  <tr>
                    <th>{words.project}</th>
                    <th>{words.folder}</th>
                    <th>{words.opened}</th>
                  </tr>
                </thead>
                <tbody>
                  {start.recent.map((r) => (
                    <tr key={r.path}>
                      <td>
                        {r.missing ? (
                          <span className="row">
                            <span className="soft">{r.name}</span>
                            <span title={words.missingHint}>
                              <Mark tone="warn" size={14}>
                                {words.missing}
                              </Mark>
                            </span>
                          </span>
                        ) : (
                          <button type="button" className={tables.open} disabled={busy} onClick={() => open.run(r.path)}>
                            {r.name}
                          </button>
                        )}
                      </td>
                      <td className="soft clip" style={{ maxWidth: 420 }} title={r.path}>
                        {r.path}
                      </td>
                      <td className="soft">{ago(r.opened)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </section>
      </main>
      <footer className={css.foot}>
        <span>{words.only}</span>
        <span>{words.keys(start.vault)}</span>
        <span>{words.version(start.version)}</span>
      </footer>
      <RestoreDialog opened={restoring} onClose={() => setRestoring(false)} />
      <NewProject opened={making} onClose={() => setMaking(false)} folder={start.folder} />
    </div>
  );
}
