import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { desk, plan, rollbackRows, runList } from "../../api/demo/data";
import { setBackend } from "../../api/call";
import type { Deed } from "../../components/do";
import { show } from "../../test/render";
import { createdBy, totalsOf } from "./model";
import { PlanCard } from "./plan-card";
import { removedBy } from "./run-history";

beforeEach(() => setBackend({ Target: { Desk: () => Promise.resolve(desk()) } }));
afterEach(() => setBackend(undefined));

function deed(): Deed<[string, string], string> {
  return { run: vi.fn(), ask: vi.fn(() => Promise.resolve("J-1")), busy: false, problem: null, forget: vi.fn() };
}

test("a plan's sums are those of its rows", () => {
  expect(totalsOf(plan())).toEqual({ create: 58_570, update: 0, skip: 218, hold: 218 });
  expect(removedBy(rollbackRows())).toBe(3_204 + 41_870 + 12_398 + 1_127 + 147);
  expect(runList().map(createdBy)).toEqual([58_608, 0, 512]);
});

test("a run starts only after its number was typed, and with that number", async () => {
  const user = userEvent.setup();
  const starting = deed();
  show(<PlanCard plan={plan()} busy={false} starting={starting} onPlan={() => undefined} />);
  await user.click(screen.getByRole("button", { name: /^Create 58,570 records/ }));
  expect(starting.ask).not.toHaveBeenCalled();
  await user.type(await screen.findByLabelText("To go ahead, type 58,570"), "58570{Enter}");
  expect(starting.ask).toHaveBeenCalledWith("P-0005", "58570");
});

test("a plan that is out of date cannot be started", () => {
  show(<PlanCard plan={{ ...plan(), stale: "The mapping has changed since." }} busy={false} starting={deed()} onPlan={() => undefined} />);
  expect(screen.getByText("The mapping has changed since.")).toBeVisible();
  expect(screen.queryByRole("button", { name: /^Create 58,570 records/ })).not.toBeInTheDocument();
  expect(screen.getByRole("button", { name: "Plan again" })).toBeEnabled();
});
