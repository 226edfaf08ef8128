import { expect, test } from "vitest";
import text from "./tokens.css?raw";

const modules = import.meta.glob<string>("../**/*.module.css", { query: "?raw", import: "default", eager: true });

/** tokens reads the values of one scheme. */
function tokens(css: string): Record<string, string> {
  return Object.fromEntries([...css.matchAll(/--([\w-]+):\s*([^;]+);/g)].map((m) => [m[1] ?? "", m[2] ?? ""]));
}
const [light = "", dark = ""] = text.split('[data-mantine-color-scheme="dark"]');
const SCHEMES = { light: tokens(light), dark: { ...tokens(light), ...tokens(dark) } };

function luminance(hex: string): number {
  const part = (i: number) => {
    const c = parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16) / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(0) + 0.7152 * part(1) + 0.0722 * part(2);
}

function contrast(a: string, b: string): number {
  const [hi = 0, lo = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (hi + 0.05) / (lo + 0.05);
}

const TEXT = ["text", "text-soft", "text-faint", "accent", "fate-moved", "fate-merged", "fate-archived", "fate-left-out-text", "fate-held", "fate-pending-text", "pass", "warn", "fail", "note"];
const PAIRS: [string, string][] = [
  ...TEXT.flatMap((t): [string, string][] => [[t, "surface"], [t, "page"]]),
  ["on-accent", "accent"], ["on-accent", "accent-hover"], ["accent-text", "accent-soft"], ["accent", "accent-soft"], ["text", "row-selected"], ["text-soft", "row-selected"], ["text-soft", "row-hover"],
  ["pass", "pass-soft"], ["warn", "warn-soft"], ["fail", "fail-soft"], ["note", "note-soft"], ["text", "private"], ["warn", "private"], ["text-faint", "private"],
  ["text-soft", "warn-soft"], ["text-soft", "fail-soft"], ["text-soft", "note-soft"], ["text-faint", "accent-soft"],
];

for (const [scheme, t] of Object.entries(SCHEMES)) {
  test.each(PAIRS)(`${scheme}: %s on %s can be read (4.5 to 1)`, (a, b) => {
    expect(contrast(t[a] ?? "", t[b] ?? "")).toBeGreaterThanOrEqual(4.5);
  });
  test(`${scheme}: the edge of a field can be seen (3 to 1)`, () => {
    expect(contrast(t["control-border"] ?? "", t["surface"] ?? "")).toBeGreaterThanOrEqual(3);
  });
}

test("no style sheet but the tokens knows a colour", () => {
  expect(Object.keys(modules).length).toBeGreaterThan(10);
  const found = Object.entries(modules).flatMap(([file, css]) => [...css.matchAll(/#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(/g)].map((m) => `${file}: ${m[0]}`));
  expect(found).toEqual([]);
});
