import { Button, Select, TextInput } from "@mantine/core";
import { queryOptions, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { toProblem } from "../../api/call";
import { trail } from "../../api/services";
import { Ask } from "../../components/ask";
import { CopyButton } from "../../components/copy-button";
import { useDo } from "../../components/do";
import { count, when } from "../../components/format";
import { Verdict } from "../../components/marks";
import { ProblemNote } from "../../components/problem-note";
import tables from "../../components/table.module.css";
import css from "./report.module.css";
import { words } from "./strings";

const viewQuery = queryOptions({ queryKey: ["trail"], queryFn: trail.view });
const PAGE = 100;

/** TrailTab shows who did what, and that the trail was not changed from outside. */
export function TrailTab() {
  const view = useQuery(viewQuery);
  const [person, setPerson] = useState("");
  const [kind, setKind] = useState("");
  const [text, setText] = useState("");
  const [written, setWritten] = useState("");
  const write = useDo(trail.export, setWritten);
  const lines = useInfiniteQuery({
    queryKey: ["trail", "lines", person, kind, text],
    queryFn: ({ pageParam }) => trail.lines(person, kind, text, pageParam, PAGE),
    initialPageParam: 0,
    getNextPageParam: (last) => (last.length < PAGE ? undefined : last[last.length - 1]?.n),
  });
  const shown = lines.data?.pages.flat() ?? [];
  return (
    <Ask of={view}>
      {(v) => (
        <>
          <Verdict tone={v.broken === "" ? "pass" : "fail"} title={v.broken === "" ? words.intact : words.broken}>
            <p>{v.broken === "" ? words.intactHint(count(v.lines)) : v.broken}</p>
            <p className={css.hash}>
              {words.closing} {v.head} <CopyButton text={v.head} />
            </p>
            {v.keys.map((k) => (
              <p key={k.n} className={css.hash}>
                {words.keyOf(when(k.at))} {(JSON.parse(k.raw) as { fingerprint?: string }).fingerprint ?? ""}
              </p>
            ))}
          </Verdict>
          <div className={css.filters}>
            <Select label={words.person} data={v.people} value={person === "" ? null : person} placeholder={words.anybody} clearable searchable onChange={(p) => setPerson(p ?? "")} />
            <Select label={words.did} data={v.kinds.map((k) => ({ value: k.kind, label: `${k.words} (${count(k.count)})` }))} value={kind === "" ? null : kind} placeholder={words.anything} clearable searchable onChange={(k) => setKind(k ?? "")} />
            <TextInput label={words.find} value={text} onChange={(e) => setText(e.currentTarget.value)} />
            <Button variant="default" loading={write.busy} onClick={() => write.run()}>
              {words.exportTrail}
            </Button>
          </div>
          {write.problem && <ProblemNote problem={write.problem} />}
          {lines.error && <ProblemNote problem={toProblem(lines.error)} onRetry={() => void lines.refetch()} />}
          {written !== "" && <p role="status">{words.numbersWritten(written)}</p>}
          {!lines.isPending && shown.length === 0 ? (
            <p className="soft">{words.noLines}</p>
          ) : (
            <div className={tables.wrap}>
              <table className={`${tables.table} ${tables.top}`}>
                <thead>
                  <tr>
                    <th className={tables.num}>{words.line}</th>
                    <th>{words.at}</th>
                    <th>{words.name}</th>
                    <th>{words.did}</th>
                    <th>{words.seal}</th>
                  </tr>
                </thead>
                <tbody>
                  {shown.map((l) => (
                    <tr key={l.n}>
                      <td className={tables.num}>{l.n}</td>
                      <td className="soft" style={{ whiteSpace: "nowrap" }}>
                        {when(l.at)}
                      </td>
                      <td>
                        {l.name}
                        <div className="faint">{l.role}</div>
                      </td>
                      <td>
                        {l.what}
                        {l.detail !== "" && <div className="soft">{l.detail}</div>}
                        <details>
                          <summary className="faint">{words.asSealed}</summary>
                          <code className={css.raw}>{l.raw}</code>
                        </details>
                      </td>
                      <td className={css.hash} title={l.hash}>
                        {l.hash.slice(0, 12)}…
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
          {lines.hasNextPage && (
            <Button variant="default" loading={lines.isFetchingNextPage} onClick={() => void lines.fetchNextPage()}>
              {words.older}
            </Button>
          )}
        </>
      )}
    </Ask>
  );
}
