import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { setBackend } from "../../api/call";
import { desk } from "../../api/demo/data";
import { canary, plan, preflight, rollbackRows, runList, slices, stoppedRun, waitingRun } from "../../api/demo/run-data";
import type { PlanView } from "../../api/types";
import type { Deed } from "../../components/do";
import { expectAccessible, show } from "../../test/render";
import { CanaryPanel } from "./canary-panel";
import { fitsWords } from "./cutover-window";
import { lossTitle } from "./loss-list";
import { columnsOf, createdBy, moved, opsFor, removedBy, totalsOf, waitingRun as waits } from "./model";
import { PlanCard } from "./plan-card";
import { planAgain } from "./run-page";
import { SliceEditor } from "./slice-editor";
import { Slices } from "./slices";
import { StoppedPanel } from "./stopped-panel";

const choose = vi.fn(() => Promise.resolve(null));
const accept = vi.fn(() => Promise.resolve(null));
let found = preflight().filter((f) => f.state !== "stop");

beforeEach(() => {
  found = preflight().filter((f) => f.state !== "stop");
  setBackend({
    App: { Start: () => Promise.resolve({ version: "", person: { name: "Anna Meyer", role: "" }, recent: [], project: "x", folder: "", vault: "" }) },
    Target: { Desk: () => Promise.resolve(desk()) },
    Runs: {
      Preflight: () => Promise.resolve(structuredClone(found)), Choose: choose, Accept: accept, Canary: (run) => Promise.resolve(canary(run === "R-0005")), Slices: () => Promise.resolve(slices()),
      Plan: (scope) => Promise.resolve(`plan ${String(scope)}`), PlanSlice: (name) => Promise.resolve(`slice ${String(name)}`),
    },
  });
});
afterEach(() => {
  setBackend(undefined);
  vi.clearAllMocks();
});

function deed<A extends unknown[]>(): Deed<A, string> {
  return { run: vi.fn(), ask: vi.fn(() => Promise.resolve("J-1")), busy: false, problem: null, forget: vi.fn() };
}

function card(p: PlanView, starting = deed<[string, string]>(), onChosen = vi.fn()) {
  return show(<PlanCard plan={p} busy={false} starting={starting} onPlan={() => undefined} onChosen={onChosen} />);
}

test("a plan's sums are those of its rows, and only columns with something are shown", () => {
  const totals = totalsOf(plan());
  expect(totals).toEqual({ create: 58_570, match: 0, update: 0, merge: 45, skip: 218, hold: 218, unchanged: 0, conflict: 0, gone: 0 });
  expect(columnsOf(totals)).toEqual(["create", "merge", "skip", "hold"]);
  expect(removedBy(rollbackRows())).toBe(3_204 + 41_870 + 12_398 + 1_127 + 147);
  expect(runList().map(createdBy)).toEqual([58_608, 0, 512]);
});

test("a run starts only after its number was typed, and with that number", async () => {
  const user = userEvent.setup();
  const starting = deed<[string, string]>();
  card(plan(), starting);
  const go = await screen.findByRole("button", { name: /^Create 58,570 records/ });
  await waitFor(() => expect(go).toBeEnabled());
  await user.click(go);
  expect(starting.ask).not.toHaveBeenCalled();
  expect(await screen.findByText(/First one record of each kind is sent/)).toBeVisible();
  await user.type(screen.getByLabelText("To go ahead, type 58,570"), "58570{Enter}");
  expect(starting.ask).toHaveBeenCalledWith("P-0005", "58570");
});

test("P71: what is in the way keeps the run from starting until it is accepted by name and with a reason", async () => {
  found = preflight();
  const user = userEvent.setup();
  const { container } = card(plan());
  expect(await screen.findByText("One thing is in the way: see “Before the start”.")).toBeVisible();
  expect(screen.getByRole("button", { name: /^Create 58,570 records/ })).toBeDisabled();
  expect(screen.getByText("trigger “Thank you”: mails the customer")).toBeVisible();
  await expectAccessible(container);
  await user.click(screen.getByRole("button", { name: "Accept by name…" }));
  const yes = await screen.findByRole("button", { name: "Accept as Anna Meyer" });
  expect(yes).toBeDisabled();
  await user.type(screen.getByLabelText(/^Why it may be so/), "Switched off by hand");
  await user.click(yes);
  expect(accept).toHaveBeenCalledWith("quiet", "Switched off by hand");
});

test("each loss opens its records, says what happens, and another choice asks for a new plan", async () => {
  const user = userEvent.setup();
  const onChosen = vi.fn();
  card(plan(), deed(), onChosen);
  const line = screen.getByText("messages: Text is longer than 65,000 characters");
  const item = within(line.closest("li") as HTMLElement);
  expect(item.getByRole("link", { name: /^Show 312 messages/ })).toHaveAttribute("href", expect.stringContaining("text_too_long"));
  expect(item.getByText(/^Chosen by Anna Meyer/)).toBeVisible();
  await user.click(item.getByRole("combobox"));
  await user.click(await screen.findByRole("option", { name: /^Shorten/ }));
  await waitFor(() => expect(onChosen).toHaveBeenCalled());
  expect(choose).toHaveBeenCalledWith("text_too_long", "message", "body", "shorten");
  expect(screen.getAllByText("Nobody chose: this is what happens without a choice.")).toHaveLength(1);
  expect(lossTitle({ object: "attachment", what: "the file is larger than the 20 MB that the target takes", count: { value: 1, exact: true, filter: null } })).toBe("attachment: the file is larger than the 20 MB that the target takes");
});

test("a plan that is out of date cannot be started, and offers one new plan", () => {
  card({ ...plan(), stale: "The mapping has changed since." });
  expect(screen.getByText("The mapping has changed since.")).toBeVisible();
  expect(screen.queryByRole("button", { name: /^Create 58,570 records/ })).not.toBeInTheDocument();
  expect(screen.getAllByRole("button", { name: "Plan again" })).toHaveLength(1);
});

test("planning again keeps to the part of the source", async () => {
  expect(await planAgain({ ...plan(), scope: "slice", part: "Open" })).toBe("slice Open");
  expect(await planAgain({ ...plan(), scope: "delta" })).toBe("plan delta");
  expect(await planAgain({ ...plan(), scope: "retry", used: true })).toBe("plan full");
  expect(await planAgain(null)).toBe("plan full");
});

test("whether it fits the window is said in words", () => {
  expect(fitsWords({ fits: "yes", window_hours: 8 })).toBe("yes, within 8 h");
  expect(fitsWords({ fits: "perhaps", window_hours: 1.5 })).toBe("perhaps: 1 h 30 min may be too short");
  expect(fitsWords({ fits: "", window_hours: 0 })).toBe("");
});

test("P71: the first records prove the silence, and the rest goes by one button", async () => {
  const user = userEvent.setup();
  const confirm = deed<[string]>();
  const { container } = show(<CanaryPanel run="R-0005" busy={false} confirm={confirm} onTakeBack={() => undefined} />);
  expect(await screen.findByText(/^0 messages went to customers: proven with ticket 1042 at /)).toBeVisible();
  expect(screen.getAllByRole("article")).toHaveLength(3);
  await expectAccessible(container);
  await user.click(screen.getByRole("button", { name: "Continue with the other 58,567 records" }));
  expect(confirm.run).toHaveBeenCalledWith("R-0005");
});

test("first records that came back otherwise, or were heard, warn loudly and name the field", async () => {
  const back = vi.fn();
  const user = userEvent.setup();
  show(<CanaryPanel run="R-loud" busy={false} confirm={deed()} onTakeBack={back} />);
  expect(await screen.findByText("2 messages went to customers")).toBeVisible();
  const ticket = within(screen.getByRole("article", { name: "Ticket 10001" }));
  expect(ticket.getByText("2 of 6 fields are not as they were meant.")).toBeVisible();
  expect(ticket.getAllByRole("row").slice(1).map((r) => r.textContent)).toEqual([expect.stringMatching(/Priority.*normal.*low/), expect.stringMatching(/Created/)]);
  expect(screen.getByRole("button", { name: "I have looked: continue all the same" })).toBeEnabled();
  await user.click(screen.getByRole("button", { name: "Stop here and take these back…" }));
  expect(back).toHaveBeenCalled();
});

test("a run that a threshold stopped names who decides, and goes on only with a reason", async () => {
  const user = userEvent.setup();
  const beyond = deed<[string, string]>();
  show(<StoppedPanel run={stoppedRun()} busy={false} beyond={beyond} onTakeBack={() => undefined} />);
  expect(screen.getByText("Bea Borg decides how it goes on.")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Go on all the same…" }));
  await user.type(await screen.findByLabelText(/^Why it may go on/), "Agreed by phone");
  await user.click(screen.getByRole("button", { name: "Go on, decided by Anna Meyer" }));
  expect(beyond.ask).toHaveBeenCalledWith("R-0005", "Agreed by phone");
});

test("only the newest run can wait for a person", () => {
  expect(waits([waitingRun(), ...runList()])?.id).toBe("R-0005");
  expect(waits([...runList(), waitingRun()])).toBeUndefined();
});

test("P76: a part says why it has to wait, and cannot be planned before its turn", async () => {
  const planning = deed<[string]>();
  const { container } = show(<Slices busy={false} planning={planning} rollback={deed()} />);
  expect(await screen.findByText("“This year” comes first and was not moved yet.")).toBeVisible();
  expect(screen.getByRole("button", { name: "Plan this part: Open tickets" })).toBeEnabled();
  expect(screen.queryByRole("button", { name: "Plan this part: History" })).not.toBeInTheDocument();
  await expectAccessible(container);
});

test("a part is stated by simple conditions", async () => {
  const user = userEvent.setup();
  const save = vi.fn();
  show(<SliceEditor slice={{ name: "", object: "ticket", conditions: [] }} objects={slices().objects} busy={false} problem={null} onSave={save} onCancel={() => undefined} />);
  await user.type(screen.getByRole("textbox", { name: "Name" }), "Open");
  await user.click(screen.getByRole("button", { name: "Add a condition" }));
  expect(screen.getByRole("button", { name: "Save this part" })).toBeDisabled();
  await user.click(screen.getByRole("combobox", { name: "Field" }));
  await user.click(await screen.findByRole("option", { name: "status" }));
  await user.type(screen.getByRole("combobox", { name: "Value" }), "open");
  await user.click(screen.getByRole("button", { name: "Save this part" }));
  expect(save).toHaveBeenCalledWith({ name: "Open", object: "ticket", conditions: [{ field: "status", op: "is", value: "open" }] });
});

test("the order of parts changes one place at a time, and dates are compared as dates", () => {
  expect(moved(["a", "b", "c"], 2, -1)).toEqual(["a", "c", "b"]);
  expect(opsFor("datetime")).toEqual(["since", "before", "filled", "empty"]);
});
