import { UnstyledButton } from "@mantine/core";
import { useState } from "react";
import type { GraphView } from "../../api/types";
import { count, objectTitle } from "../../components/format";
import { Section } from "../../components/page";
import tables from "../../components/table.module.css";
import { lines, place } from "./model";
import css from "./profile.module.css";
import { words } from "./strings";

const WIDE = 168;
const HIGH = 52;
const RIGHT = 84;
const DOWN = 26;

/** Graph draws what hangs on what; the same as a table is one click away. */
export function Graph({ graph }: { graph: GraphView }) {
  const [table, setTable] = useState(false);
  return (
    <Section
      title={words.graph}
      aside={
        <UnstyledButton className="faint" onClick={() => setTable(!table)}>
          {table ? words.asPicture : words.asTable}
        </UnstyledButton>
      }
    >
      <div className="card pad">
        <p className="faint">{words.graphHint}</p>
        {table ? <GraphTable graph={graph} /> : <Picture graph={graph} />}
      </div>
    </Section>
  );
}

function Picture({ graph }: { graph: GraphView }) {
  const nodes = place(graph);
  const at = (object: string) => {
    const n = nodes.find((x) => x.object === object);
    return n && { x: n.column * (WIDE + RIGHT), y: n.row * (HIGH + DOWN) };
  };
  const width = (Math.max(0, ...nodes.map((n) => n.column)) + 1) * (WIDE + RIGHT) - RIGHT;
  const height = (Math.max(0, ...nodes.map((n) => n.row)) + 1) * (HIGH + DOWN) - DOWN;
  const told = nodes.map((n) => `${count(n.step)} ${objectTitle(n.object)}`).join(", ");
  return (
    <div className={css.graph}>
      <svg viewBox={`-2 -14 ${width + 4} ${height + 28}`} width={width + 4} height={height + 28} role="img" aria-label={`${words.graph}: ${told}`}>
        {lines(graph.edges).map((l) => {
          const a = at(l.to);
          const b = at(l.from);
          if (!a || !b) return null;
          const back = b.x <= a.x;
          const x1 = back ? a.x + WIDE / 2 : a.x + WIDE;
          const y1 = back ? a.y : a.y + HIGH / 2;
          const x2 = back ? b.x + WIDE / 2 : b.x;
          const y2 = back ? b.y : b.y + HIGH / 2;
          const d = back ? `M${x1},${y1} C${x1},${y1 - 14} ${x2},${y2 - 14} ${x2},${y2}` : `M${x1},${y1} C${x1 + RIGHT / 2},${y1} ${x2 - RIGHT / 2},${y2} ${x2},${y2}`;
          return (
            <g key={`${l.from} ${l.to}`}>
              <path d={d} className={css.link} data-broken={l.broken > 0} data-later={l.later} />
              {l.broken > 0 && !back && (
                <text x={(x1 + x2) / 2} y={(y1 + y2) / 2 - 4} className={css.broken} textAnchor="middle">
                  {count(l.broken)}
                </text>
              )}
            </g>
          );
        })}
        {nodes.map((n) => {
          const p = at(n.object);
          return (
            p && (
              <g key={n.object} transform={`translate(${p.x},${p.y})`}>
                <rect width={WIDE} height={HIGH} rx="5" className={css.node} />
                <text x="14" y="31" className={css.step}>
                  {count(n.step)}
                </text>
                <text x="36" y="22" className={css.nodeTitle}>
                  {objectTitle(n.object)}
                </text>
                <text x="36" y="40" className={css.nodeCount}>
                  {count(n.rows)}
                </text>
              </g>
            )
          );
        })}
      </svg>
    </div>
  );
}

function GraphTable({ graph }: { graph: GraphView }) {
  return (
    <table className={`${tables.table} ${tables.dense}`}>
      <thead>
        <tr>
          <th className={tables.num}>{words.step}</th>
          <th>{words.records}</th>
          <th className={tables.num}>{words.count}</th>
          <th>{words.hangsOn}</th>
          <th className={tables.num}>{words.leadNowhere}</th>
        </tr>
      </thead>
      <tbody>
        {graph.nodes.map((n) => {
          const on = graph.edges.filter((e) => e.from === n.object);
          return (
            <tr key={n.object}>
              <td className={tables.num}>{count(n.step)}</td>
              <th scope="row">{objectTitle(n.object)}</th>
              <td className={tables.num}>{count(n.rows)}</td>
              <td>{on.map((e) => `${objectTitle(e.to)} (${e.field}${e.later ? `, ${words.later}` : ""})`).join(", ")}</td>
              <td className={tables.num}>{count(on.reduce((sum, e) => sum + e.broken, 0))}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
