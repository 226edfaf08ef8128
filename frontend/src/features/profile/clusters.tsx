import { Button, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { ClustersView, ClusterView } from "../../api/types-clean";
import { count } from "../../components/format";
import { Section } from "../../components/page";
import { formatRoute } from "../../components/route";
import tables from "../../components/table.module.css";
import { profileQueries } from "./api";
import css from "./profile.module.css";
import { words } from "./strings";
import { swarm, WIDTH } from "./swarm";

/** Clusters draws the groups of duplicates that were found, by size and by how sure they are. */
export function Clusters() {
  const list = useQuery(profileQueries.clusters());
  return list.data?.map((c) => <OfOne key={c.object} of={c} />);
}

function OfOne({ of }: { of: ClustersView }) {
  const [table, setTable] = useState(false);
  const shown = of.groups.length;
  return (
    <Section
      title={words.clusters(of.title)}
      aside={
        shown > 0 && (
          <UnstyledButton className="faint" onClick={() => setTable(!table)}>
            {table ? words.asPicture : words.asTable}
          </UnstyledButton>
        )
      }
    >
      <div className="card pad stack-tight">
        {shown === 0 ? (
          <p className="soft">{words.clustersNone}</p>
        ) : (
          <>
            <div className="between">
              <p className="faint">{words.clustersHint}</p>
              <Button component="a" variant="default" size="compact-sm" style={{ flexShrink: 0 }} href={formatRoute("clean", ["duplicates"], { object: of.object })}>
                {words.clustersReview}
              </Button>
            </div>
            {table ? <Table of={of} /> : <Picture of={of} />}
            <p className="faint">{of.all > shown ? words.clustersSome(count(shown), count(of.all)) : words.clustersAll(count(shown))}</p>
          </>
        )}
      </div>
    </Section>
  );
}

const reviewOf = (of: ClustersView, g: ClusterView) => formatRoute("clean", ["duplicates"], { object: of.object, group: String(g.id) });
const told = (g: ClusterView) => words.clusterOf(g.name, count(g.records), words.bands[g.band] ?? g.band, words.clusterStates[g.state] ?? g.state);

/** Picture is for the eye and the mouse; the same for the keyboard and for a screen reader is the table. */
function Picture({ of }: { of: ClustersView }) {
  const { spots, height } = swarm(of.groups);
  const bands = Object.keys(words.bands).filter((b) => of.groups.some((g) => g.band === b));
  return (
    <div className={css.graph}>
      <svg viewBox={`0 0 ${WIDTH} ${height}`} width={WIDTH} height={height} aria-hidden>
        <line x1="0" x2={WIDTH} y1={height - 1} y2={height - 1} className={css.axis} />
        {spots.map((s) => (
          <a key={s.group.id} href={reviewOf(of, s.group)} tabIndex={-1}>
            <title>{told(s.group)}</title>
            <circle cx={s.x} cy={s.y} r={s.r} className={css.spot} data-band={s.group.band} data-state={s.group.state} />
          </a>
        ))}
      </svg>
      <ul className={css.key} aria-hidden>
        {bands.map((b) => (
          <li key={b}>
            <svg width="12" height="12">
              <circle cx="6" cy="6" r="5" className={css.spot} data-band={b} data-state="open" />
            </svg>
            {words.bands[b]}
          </li>
        ))}
        {of.groups.some((g) => g.state !== "open") && (
          <li>
            <svg width="12" height="12">
              <circle cx="6" cy="6" r="5" className={css.spot} data-state="merged" />
            </svg>
            {words.clustersReviewed}
          </li>
        )}
      </ul>
    </div>
  );
}

function Table({ of }: { of: ClustersView }) {
  return (
    <table className={`${tables.table} ${tables.dense}`}>
      <thead>
        <tr>
          <th>{words.group}</th>
          <th className={tables.num}>{words.records}</th>
          <th>{words.sureness}</th>
          <th>{words.review}</th>
        </tr>
      </thead>
      <tbody>
        {of.groups.map((g) => (
          <tr key={g.id}>
            <td>
              <a className={tables.open} href={reviewOf(of, g)} dir="auto">
                {g.name || words.nameless}
              </a>
            </td>
            <td className={tables.num}>{count(g.records)}</td>
            <td>{words.bands[g.band] ?? g.band}</td>
            <td>{words.clusterStates[g.state] ?? g.state}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
