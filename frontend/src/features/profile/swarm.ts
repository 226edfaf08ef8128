import type { ClusterView } from "../../api/types-clean";

/** Spot is a circle of the picture: a group of duplicates. */
export interface Spot {
  group: ClusterView;
  x: number;
  y: number;
  r: number;
}

/** WIDTH of the picture, and what stays free at its sides. */
export const WIDTH = 1040;
const EDGE = 24;
const SMALLEST = 4;
const LARGEST = 26;
const GAP = 1.5;

/** radius grows so that the area says how many records there are. */
export function radius(records: number): number {
  return Math.min(LARGEST, SMALLEST * Math.sqrt(Math.max(1, records - 1)));
}

/**
 * swarm places each group by how much speaks for it, and beside the others that say as much: the
 * larger ones nearer to the middle line, none over another. The same groups give the same picture.
 */
export function swarm(groups: ClusterView[]): { spots: Spot[]; height: number } {
  const scores = groups.map((g) => g.score);
  const low = Math.min(0, ...scores);
  const span = Math.max(1, Math.max(0, ...scores) - low);
  const spots: Spot[] = [];
  const sorted = [...groups].sort((a, b) => b.records - a.records || b.score - a.score || a.id - b.id);
  for (const group of sorted) {
    const r = radius(group.records);
    const x = EDGE + LARGEST + ((group.score - low) / span) * (WIDTH - 2 * (EDGE + LARGEST));
    const near = spots.filter((s) => Math.abs(s.x - x) < s.r + r + GAP);
    // The places right above and below each neighbour, and the middle itself: the nearest that is free.
    const tries = [0];
    for (const s of near) {
      const reach = s.r + r + GAP;
      const up = Math.sqrt(reach * reach - (s.x - x) ** 2);
      tries.push(s.y - up, s.y + up);
    }
    tries.sort((a, b) => Math.abs(a) - Math.abs(b) || a - b);
    const free = (y: number) => near.every((s) => Math.hypot(s.x - x, s.y - y) >= s.r + r + GAP - 1e-6);
    spots.push({ group, x, y: tries.find(free) ?? 0, r });
  }
  const top = Math.min(0, ...spots.map((s) => s.y - s.r));
  const bottom = Math.max(0, ...spots.map((s) => s.y + s.r));
  return { spots: spots.map((s) => ({ ...s, y: s.y - top + 6 })), height: bottom - top + 12 };
}
