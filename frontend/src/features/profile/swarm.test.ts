import { expect, test } from "vitest";
import type { ClusterView } from "../../api/types-clean";
import { radius, swarm, WIDTH } from "./swarm";

const group = (id: number, records: number, score: number): ClusterView => ({ id, band: "ask", state: "open", name: "", records, score });

test("no group is drawn over another, the surer one stands further right, the larger one is larger", () => {
  const groups = Array.from({ length: 150 }, (_, i) => group(i, 2 + ((i * 7) % 9), ((i * 31) % 40) - 6));
  const { spots, height } = swarm(groups);
  expect(spots).toHaveLength(150);
  for (const a of spots) {
    expect(a.x - a.r).toBeGreaterThanOrEqual(0);
    expect(a.x + a.r).toBeLessThanOrEqual(WIDTH);
    expect(a.y - a.r).toBeGreaterThanOrEqual(0);
    expect(a.y + a.r).toBeLessThanOrEqual(height);
    for (const b of spots) {
      if (a === b) continue;
      expect(Math.hypot(a.x - b.x, a.y - b.y)).toBeGreaterThanOrEqual(a.r + b.r - 1e-6);
      if (a.group.score > b.group.score) expect(a.x).toBeGreaterThan(b.x);
    }
  }
  expect(radius(9)).toBeGreaterThan(radius(3));
  expect(swarm([...groups].reverse())).toEqual({ spots, height });
});

test("nothing found draws nothing", () => {
  expect(swarm([]).spots).toEqual([]);
});
