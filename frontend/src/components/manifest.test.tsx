import { screen, within } from "@testing-library/react";
import { expect, test } from "vitest";
import type { ManifestRow } from "../api/types";
import { expectAccessible, show } from "../test/render";
import { accountOf, addsUp, equation, Manifest } from "./manifest";

const n = (value: number, fate = "") => ({ value, exact: true, filter: { object: "ticket", fate } });
const row = (change: Partial<ManifestRow> = {}): ManifestRow => ({
  object: "ticket", title: "Tickets", source: n(12_480), moved: n(12_401, "moved"), merged: n(31, "merged"), archived: n(40, "archived"), left_out: n(8, "left_out"), held: n(0), pending: n(0), target: n(12_401), erased: 0, adds: true, balances: true, ...change,
});

test("a row reads as an equation", () => {
  expect(equation(row())).toBe("Tickets: 12,480 = 12,401 moved + 31 merged + 40 archived + 8 left out");
  expect(addsUp(row())).toBe(true);
});

test("a row that does not add up is never called balanced, whatever Go says", () => {
  expect(accountOf(row({ moved: n(12_400) }))).toBe("broken");
  expect(accountOf(row({ adds: false }))).toBe("broken");
  expect(accountOf(row({ balances: false, held: n(8), left_out: n(0) }))).toBe("adds");
  expect(accountOf(row())).toBe("balances");
});

test("every figure opens its records, and a zero opens nothing", () => {
  show(<Manifest rows={[row()]} />);
  const line = screen.getByRole("row", { name: /^Tickets/ });
  const links = within(line).getAllByRole("link");
  expect(links.map((l) => l.textContent)).toEqual(["12,480", "12,401", "31", "40", "8", "12,401"]);
  expect(decodeURIComponent(links[2]?.getAttribute("href") ?? "")).toContain('"fate":"merged"');
  expect(within(line).getByText("Balances")).toBeVisible();
});

test("it can be read without seeing it", async () => {
  const { container } = show(<Manifest rows={[row(), row({ object: "message", title: "Messages", balances: false })]} />);
  expect(screen.getByRole("table", { name: /source = moved/ })).toBeInTheDocument();
  await expectAccessible(container);
});

test("what was erased on request is said, and is in no figure", () => {
  const { container } = show(<Manifest rows={[row({ erased: 2 })]} />);
  expect(container.textContent).toContain("Erased on request, and in none of these figures: Tickets 2.");
});
