import { expect, test } from "vitest";
import { TALLEST, scrollFor, sight } from "./window";

test("a list that fits is drawn where it is", () => {
  const s = sight(1000, 36, 3600, 600, 0);
  expect([s.height, s.first, s.last]).toEqual([36_000, 100, 117]);
  expect(s.top(100)).toBe(3600);
});

test("of a million rows each can be reached, and the last ends at the bottom", () => {
  const count = 2_000_000;
  const bottom = TALLEST - 600;
  const s = sight(count, 36, bottom, 600, 0);
  expect(s.height).toBe(TALLEST);
  expect(s.last).toBe(count - 1);
  expect(s.top(count - 1) + 36).toBeCloseTo(TALLEST, 3);
  for (const i of [0, 1, 777_777, 1_999_999]) {
    const to = scrollFor(i, count, 36, 5_000_000, 600) ?? 5_000_000;
    const seen = sight(count, 36, to, 600, 0);
    expect(seen.first).toBeLessThanOrEqual(i);
    expect(seen.last).toBeGreaterThanOrEqual(i);
  }
});

test("a row in sight stays where it is", () => {
  expect(scrollFor(105, 1000, 36, 3600, 600)).toBeUndefined();
  expect(scrollFor(99, 1000, 36, 3600, 600)).toBe(3564);
  expect(scrollFor(120, 1000, 36, 3600, 600)).toBe(121 * 36 - 600);
});

test("an empty list shows nothing", () => {
  expect(sight(0, 36, 0, 600)).toMatchObject({ height: 0, first: 0, last: -1 });
});
