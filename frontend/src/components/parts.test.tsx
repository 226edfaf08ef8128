import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import type { JobView, Problem } from "../api/types";
import { expectAccessible, show } from "../test/render";
import { ConfirmNumber, sameNumber } from "./confirm-number";
import { Fate, FATES } from "./fate";
import { Figure } from "./figure";
import { JobPanel, JobProblems, leftWords, percentOf, stateWord } from "./job-panel";
import { Mark, Verdict } from "./marks";
import { Empty, SidePanel, Tabs } from "./page";
import { asText, ProblemNote } from "./problem-note";
import { LimitChart, linePath, nice, perMinute } from "./rate-chart";
import { ColumnChart, ShareBar } from "./bars";

const problem: Problem = {
  code: "file.encrypted", what: "The workbook is locked with a password.", why: "Waybill cannot read it.", next: "Save it without a password and add it again.",
  where: { file: "people.xlsx", line: 0 }, detail: "zip: not a valid zip file",
};
const job = (change: Partial<JobView> = {}): JobView => ({
  id: "J-1", kind: "run", title: "Full run", state: "running", stage: "Tickets", done: 999, total: 1000, failed: 3, rate: 41.7, seconds_left: 130, left_low: -1, left_high: -1, requests: [], limit_per_minute: 0, problems: [], question: "", started: "2026-01-01T00:00:00Z", finished: "",
  waiting: "The target allows 700 calls a minute.", error: null, result: "", can_stop: true, stages: [], rates: [], seq: 1, ...change,
});

test("a problem says what, why and next; the detail is below", async () => {
  const { container } = show(<ProblemNote problem={problem} />);
  expect(screen.getByRole("alert")).toHaveTextContent("locked with a password");
  expect(screen.getByText("Save it without a password and add it again.")).toBeVisible();
  expect(screen.getByText("people.xlsx")).toBeVisible();
  expect(screen.queryByText("Line: 0")).not.toBeInTheDocument();
  expect(screen.getByText("zip: not a valid zip file")).not.toBeVisible();
  expect(asText(problem)).toContain("(file.encrypted)");
  await expectAccessible(container);
});

test("a figure is written with its thousands apart, and says when it is only about", () => {
  show(
    <>
      <Figure of={{ value: 1_234_567, exact: false, filter: { object: "ticket" } }} what="tickets" />
      <Figure of={{ value: 0, exact: true, filter: { object: "ticket" } }} />
    </>,
  );
  expect(screen.getByRole("link", { name: "Show 1,234,567 tickets" })).toHaveTextContent("about1,234,567");
  expect(screen.getAllByRole("link")).toHaveLength(1);
});

test("each fate has a word of its own", () => {
  show(
    <>
      {FATES.map((f) => (
        <Fate key={f.id} id={f.id} />
      ))}
    </>,
  );
  expect(FATES.map((f) => screen.getByText(f.word).textContent)).toEqual(["Moved", "Merged", "Archived", "Left out", "Held back", "Waiting"]);
});

test("a number is recognised however its thousands are parted", () => {
  for (const typed of ["12480", "12,480", "12.480", "12 480", " 12\u202f480 "]) expect(sameNumber(typed, 12_480)).toBe(true);
  for (const typed of ["", "1248", "124800", "yes"]) expect(sameNumber(typed, 12_480)).toBe(false);
});

test("nothing real is touched before its number was typed", async () => {
  const user = userEvent.setup();
  const go = vi.fn();
  show(
    <ConfirmNumber opened onClose={() => undefined} title="Start?" number={12_480} button="Create 12,480 tickets" busy={false} problem={null} onConfirm={go}>
      <p>It writes to the target.</p>
    </ConfirmNumber>,
  );
  const button = screen.getByRole("button", { name: "Create 12,480 tickets" });
  const field = screen.getByLabelText("To go ahead, type 12,480");
  expect(button).toBeDisabled();
  await user.type(field, "1248{Enter}");
  expect(go).not.toHaveBeenCalled();
  await user.type(field, "0");
  expect(button).toBeEnabled();
  await user.click(button);
  expect(go).toHaveBeenCalledOnce();
});

test("work shows how far, how fast, how long still, and why it waits", async () => {
  const { container } = show(<JobPanel job={job()} />);
  expect(screen.getByRole("progressbar", { name: "Full run" })).toHaveAttribute("aria-valuenow", "99");
  for (const text of ["999 of 1,000", "41.7 a second", "about 2 min left", "3 held back", "The target allows 700 calls a minute."]) expect(screen.getByText(text)).toBeVisible();
  expect(screen.getByRole("button", { name: "Pause" })).toBeEnabled();
  await expectAccessible(container);
});

test("work is at 100 % only when it is done", () => {
  expect(percentOf(job({ done: 1000 }))).toBe("99 %");
  expect(percentOf(job({ state: "done", done: 1000 }))).toBe("100 %");
  expect(percentOf(job({ total: 0 }))).toBe("");
  expect(stateWord(job({ state: "cancelled" }))).toBe("Stopped by you");
});

test("stopping asks first and says what remains true", async () => {
  const user = userEvent.setup();
  show(<JobPanel job={job()} />);
  await user.click(screen.getByRole("button", { name: "Stop" }));
  expect(await screen.findByText(/What is already done stays done/)).toBeVisible();
});

test("a panel closes with Escape and gives the focus back", async () => {
  const user = userEvent.setup();
  const close = vi.fn();
  show(
    <SidePanel title="Ticket 17" onClose={close}>
      <p>Body</p>
    </SidePanel>,
  );
  expect(screen.getByRole("heading", { name: "Ticket 17" })).toHaveFocus();
  await user.keyboard("{Escape}");
  expect(close).toHaveBeenCalledOnce();
});

test("the shared parts can be read without seeing them", async () => {
  const { container } = show(
    <>
      <Verdict tone="pass" title="Everything arrived" />
      <Mark tone="warn">Look at this</Mark>
      <Empty title="Nothing yet">It fills later.</Empty>
      <Tabs label="Kinds" open="ticket" tabs={[{ id: "ticket", title: "Tickets", href: "#/a", note: "3 left", left: true }, { id: "x", title: "Others", href: "#/b" }]} />
      <ShareBar part={1} all={3} label="status, filled" />
      <ColumnChart title="When" buckets={[{ label: "2024", count: { value: 3, exact: true, filter: null } }]} />
    </>,
  );
  expect(screen.getByRole("link", { name: /Tickets/ })).toHaveAttribute("aria-current", "page");
  expect(screen.getByRole("img", { name: "status, filled: 33 %" })).toBeInTheDocument();
  await expectAccessible(container);
});

test("a chart has the same numbers as a table", async () => {
  const user = userEvent.setup();
  show(<ColumnChart title="When" buckets={[{ label: "2024", count: { value: 1_204, exact: true, filter: { object: "ticket" } } }]} />);
  await user.click(screen.getByRole("button", { name: "Show as a table" }));
  expect(screen.getByRole("row", { name: /2024/ })).toHaveTextContent("1,204");
});

test("the line of rates starts at zero and ends at the newest", () => {
  expect([0, 7, 41, 204, 501].map(nice)).toEqual([1, 10, 50, 500, 1000]);
  expect(linePath([0, 50, 100], 100, 3)).toBe("M0.0 100.0L300.0 50.0L600.0 0.0");
  expect(linePath([100], 100, 31)).toBe("M600.0 0.0");
});

test("the time left is a range where it is known", () => {
  expect(leftWords({ left_low: 2_400, left_high: 4_200, seconds_left: 3_000 })).toBe("between 40 min and 1 h 10 min left");
  expect(leftWords({ left_low: 2_400, left_high: -1, seconds_left: -1 })).toBe("at least 40 min left");
  expect(leftWords({ left_low: -1, left_high: -1, seconds_left: 130 })).toBe("about 2 min left");
  expect(leftWords({ left_low: -1, left_high: -1, seconds_left: -1 })).toBe("time left not known yet");
});

test("the line of requests has the limit drawn in and named", () => {
  expect(perMinute([0, 10, 20], 2)).toEqual([0, 300, 900]);
  const { container } = show(<LimitChart requests={Array.from({ length: 30 }, () => 10)} limit={700} target="Practice desk" />);
  expect(screen.getByRole("img", { name: "600 requests a minute now, Practice desk allows 700 a minute" })).toBeVisible();
  expect(container.querySelectorAll("line")).toHaveLength(3);
  expect(screen.getByText("limit 700 a minute")).toBeVisible();
});

test("without a limit no line is drawn for one", () => {
  const { container } = show(<LimitChart requests={[1, 2, 3]} limit={0} target="Practice desk" />);
  expect(container.querySelectorAll("line")).toHaveLength(2);
  expect(screen.getByText("no limit is known")).toBeVisible();
});

test("what was refused is listed in groups while it happens", () => {
  show(<JobProblems problems={[{ code: "desk.field_taken", what: "The target refused the e-mail address.", count: 312, example: "customer 31" }]} />);
  expect(screen.getByRole("listitem")).toHaveTextContent("312 ×The target refused the e-mail address. such as customer 31");
});

test("a job that waits for a person says what it asks", () => {
  show(<JobPanel job={job({ state: "needs-person", waiting: "", question: "Look at the first records." })} />);
  expect(screen.getByText("Look at the first records.")).toBeVisible();
  expect(screen.getByText("Waits for you")).toBeVisible();
});
