import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { setBackend } from "../../api/call";
import { conflicts, deltaView, gone } from "../../api/demo/run-data";
import type { DeltaView } from "../../api/types";
import { expectAccessible, show } from "../../test/render";
import { DeltaPage, waiting } from "./delta-page";

const choose = vi.fn(() => Promise.resolve(1));
let view: DeltaView = deltaView(true);

beforeEach(() => {
  view = deltaView(true);
  setBackend({
    Delta: { View: () => Promise.resolve(view), Conflicts: () => Promise.resolve(conflicts()), Gone: () => Promise.resolve(gone()), Choose: choose, SetDefault: () => Promise.resolve(null) },
    Jobs: { Current: () => Promise.resolve(null) },
  });
});
afterEach(() => {
  setBackend(undefined);
  vi.clearAllMocks();
});

test("P80: a conflict shows what was written, what the source says and what people wrote, and is kept unless chosen", async () => {
  const user = userEvent.setup();
  const { container } = show(<DeltaPage />);
  const box = await screen.findByRole("combobox", { name: "What becomes of ticket 10001" });
  expect(box).toHaveValue("Keep what the target has");
  const item = within(box.closest("li") as HTMLElement);
  expect(item.getAllByRole("row")[1]).toHaveTextContent("Statuschanged at the sourceopensolvedpending");
  await expectAccessible(container);
  await user.click(box);
  await user.click(await screen.findByRole("option", { name: /^Add it as a private note/ }));
  expect(choose).toHaveBeenCalledWith("P-0006", "conflict", [11], "note", "");
});

test("P79: what is gone at the source is chosen about for all at once", async () => {
  const user = userEvent.setup();
  show(<DeltaPage />);
  const section = within(await screen.findByRole("region", { name: "Gone at the source" }));
  expect(await section.findByText(/^Merged into 10021/)).toBeVisible();
  await user.click(section.getByRole("combobox", { name: "For all 2" }));
  await user.click(await screen.findByRole("option", { name: /^Delete it in the target too/ }));
  await user.click(section.getByRole("button", { name: "Choose for all" }));
  expect(choose).toHaveBeenCalledWith("P-0006", "gone", [], "delete", "");
});

test("what is not in the target any more can only be kept", async () => {
  show(<DeltaPage />);
  expect(await screen.findByRole("combobox", { name: "What becomes of ticket 10009" })).toBeDisabled();
});

test("after the plan was started nothing can be chosen, and before anything moved nothing is asked", async () => {
  view = { ...deltaView(true), started: true };
  const { unmount } = show(<DeltaPage />);
  expect(await screen.findByRole("combobox", { name: "What becomes of ticket 10001" })).toBeDisabled();
  expect(screen.queryByRole("link", { name: "Look the plan over and start" })).not.toBeInTheDocument();
  unmount();
  view = { ...deltaView(false), moved: false };
  show(<DeltaPage />);
  expect(await screen.findByText("Nothing was moved yet")).toBeVisible();
  expect(screen.queryByRole("button", { name: "Read again" })).not.toBeInTheDocument();
});

test("what was decided before does not wait any more", () => {
  const rows = deltaView(false).objects.map((o) => ({ ...o, settled: { ...o.settled, value: o.object === "ticket" ? 73 : 0 } }));
  expect(waiting(deltaView(false).objects)).toBe(4 + 11 + 1 + 38 + 71 + 2 + 212 + 3 + 2 + 9);
  expect(waiting(rows)).toBe(4 + 11 + 1 + 38 + 212 + 3 + 2 + 9);
});
