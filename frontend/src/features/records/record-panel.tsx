import { Tabs as Switch, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { NameValue, RecordView } from "../../api/types";
import { Ask } from "../../components/ask";
import { CopyButton } from "../../components/copy-button";
import { Fate } from "../../components/fate";
import { objectWord, whenWithZone } from "../../components/format";
import { Mark } from "../../components/marks";
import { SidePanel } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { recordsRoute } from "../../components/route";
import { recordQueries } from "./api";
import { Becomes } from "./lineage";
import css from "./records.module.css";
import { words } from "./strings";
import { Thread } from "./thread";

const w = words.panel;

/** RecordPanel is one record in full. */
export function RecordPanel({ object, id, onClose }: { object: string; id: string; onClose: () => void }) {
  const record = useQuery(recordQueries.one(object, id));
  const [tab, setTab] = useState<string | null>(null);
  return (
    <SidePanel
      wide
      title={record.data?.name || id}
      sub={
        <p className="row faint">
          <span>
            {objectWord(object)} <span className="mono">{id}</span>
          </span>
          {record.data && <Fate id={record.data.fate} size={14} />}
        </p>
      }
      onClose={onClose}
    >
      <Ask of={record}>{(r) => <Body record={r} tab={tab} onTab={setTab} />}</Ask>
    </SidePanel>
  );
}

function Body({ record, tab, onTab }: { record: RecordView; tab: string | null; onTab: (t: string | null) => void }) {
  const r = record;
  const first = r.thread.length > 0 ? "thread" : "fields";
  const shown = tab === "thread" && r.thread.length === 0 ? "fields" : (tab ?? first);
  return (
    <>
      <dl className={css.facts}>
        {r.why !== "" && (
          <>
            <dt>{w.why}</dt>
            <dd>{r.why}</dd>
          </>
        )}
        <dt>{w.place}</dt>
        <dd>{r.place}</dd>
        {r.target_id !== "" && (
          <>
            <dt>{w.target}</dt>
            <dd className="mono">{r.target_id}</dd>
          </>
        )}
        {r.mark !== "" && (
          <>
            <dt>{w.mark}</dt>
            <dd className="mono">{r.mark}</dd>
          </>
        )}
      </dl>
      {r.problems.length > 0 && (
        <div className="stack-tight" style={{ marginBottom: 14 }}>
          {r.problems.map((p, i) => (
            <ProblemNote key={i} problem={p} tone="warn" />
          ))}
        </div>
      )}
      <Switch value={shown} onChange={onTab} keepMounted={false}>
        <Switch.List mb="md">
          {r.thread.length > 0 && <Switch.Tab value="thread">{w.thread}</Switch.Tab>}
          <Switch.Tab value="fields">{w.fields}</Switch.Tab>
          <Switch.Tab value="draft">{w.draft}</Switch.Tab>
          <Switch.Tab value="raw">{w.raw}</Switch.Tab>
          <Switch.Tab value="history">{w.history}</Switch.Tab>
        </Switch.List>
        <Switch.Panel value="thread">
          <Thread messages={r.thread} />
        </Switch.Panel>
        <Switch.Panel value="fields">
          <Pairs pairs={r.fields} />
          {r.links.length > 0 && (
            <>
              <h3 style={{ margin: "16px 0 4px" }}>{w.links}</h3>
              <table className={css.pairs}>
                <tbody>
                  {r.links.map((l, i) => (
                    <tr key={i}>
                      <th scope="row">{l.role}</th>
                      <td>
                        {l.found ? (
                          <a href={recordsRoute({ object: l.object }, l.id)}>{l.name || l.id}</a>
                        ) : (
                          <span className="row">
                            <span className="mono">{l.id}</span>
                            <Mark tone="warn" size={14}>
                              {w.notFound}
                            </Mark>
                          </span>
                        )}
                        <span className="faint"> {objectWord(l.object)}</span>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </>
          )}
        </Switch.Panel>
        <Switch.Panel value="draft">
          <Becomes object={r.object} id={r.id} draft={r.draft} empty={w.noDraft} />
        </Switch.Panel>
        <Switch.Panel value="raw">
          <div className="between">
            <p className="faint">{w.rawHint}</p>
            <CopyButton text={r.raw} />
          </div>
          <pre className={css.raw} dir="auto">
            {pretty(r.raw)}
          </pre>
        </Switch.Panel>
        <Switch.Panel value="history">
          {r.history.length === 0 ? (
            <p className="soft">{w.noHistory}</p>
          ) : (
            <ol className="stack-tight">
              {r.history.map((h, i) => (
                <li key={i}>
                  <strong>{h.what}</strong>
                  <p className="faint">{[h.detail, h.person, whenWithZone(h.at)].filter((s) => s !== "").join(" · ")}</p>
                </li>
              ))}
            </ol>
          )}
        </Switch.Panel>
      </Switch>
    </>
  );
}

/** pretty indents JSON for reading; what is not JSON stays as it is. Long numbers keep their digits. */
export function pretty(raw: string): string {
  if (/[:[,]\s*-?\d{16,}/.test(raw)) return raw;
  try {
    return JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    return raw;
  }
}

function Pairs({ pairs }: { pairs: NameValue[] }) {
  const [all, setAll] = useState(false);
  const empty = pairs.filter((p) => p.value === "").length;
  const shown = all ? pairs : pairs.filter((p) => p.value !== "");
  return (
    <>
      <table className={css.pairs}>
        <tbody>
          {shown.map((p, i) => (
            <tr key={i}>
              <th scope="row">{p.name}</th>
              <td dir="auto">{p.value === "" ? <span className="faint">{w.emptyValue}</span> : p.value}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {empty > 0 && !all && (
        <UnstyledButton className="faint" mt="xs" onClick={() => setAll(true)}>
          {w.showEmpty(empty)}
        </UnstyledButton>
      )}
    </>
  );
}
