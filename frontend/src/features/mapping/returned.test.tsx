import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { queryClient } from "../../api/query";
import type { WorkbookBack } from "../../api/types/versions";
import { Returned } from "./returned";

const back: WorkbookBack = {
  file: "x.xlsx",
  token: "t",
  changes: ["Tickets, Subject: owner is now “Mia”."],
  conflicts: [
    { what: "Tickets, Status: note", here: "a", there: "b" },
    { what: "Tickets, Type: note", here: "c", there: "d" },
  ],
  others: [],
  review: { said: true, name: "Bea", role: "owner", date: "2026-11-22", approved: true, remark: "", refused: { code: "approval.own_work", what: "Who made the mapping may not approve it.", why: "Why.", next: "Next.", where: {}, detail: "" } },
  notes: [],
  problems: [],
};

function show(b: WorkbookBack, apply = vi.fn(() => Promise.resolve({ number: 2, hash: "", author: "", at: "", reason: "", changes: [], approved: "" }))) {
  render(
    <QueryClientProvider client={queryClient}>
      <MantineProvider env="test">
        <Returned back={b} apply={apply} notes onClose={() => undefined} />
      </MantineProvider>
    </QueryClientProvider>,
  );
  return apply;
}

test("nothing is taken over before every conflict is decided", async () => {
  const apply = show(back);
  fireEvent.change(screen.getByLabelText(/why/i), { target: { value: "Reviewed." } });
  const button = screen.getByRole("button", { name: "Accept these changes as a version" });
  expect(button).toBeDisabled();
  await userEvent.click(screen.getByLabelText("Came back: b"));
  expect(screen.getByText("1 of 2 decided")).toBeInTheDocument();
  await userEvent.click(screen.getByLabelText("Here: c"));
  await userEvent.click(button);
  expect(apply).toHaveBeenCalledWith("t", "Reviewed.", [true, false]);
});

test("a refused review says why", () => {
  show(back);
  expect(screen.getByText("Who made the mapping may not approve it.")).toBeInTheDocument();
});

test("with mistakes nothing can be taken over", () => {
  show({ ...back, token: "", problems: [{ code: "x", what: "Wrong.", why: "", next: "Mend it.", where: { sheet: "Tickets", cell: "E4" }, detail: "" }] });
  expect(screen.queryByRole("button", { name: "Accept these changes as a version" })).toBeNull();
  expect(screen.getByText("Tickets E4")).toBeInTheDocument();
});
