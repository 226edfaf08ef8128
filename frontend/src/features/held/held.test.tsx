import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { setBackend } from "../../api/call";
import { heldGroups, repairs } from "../../api/demo/run-data";
import type { HeldGroup, RepairView } from "../../api/types";
import { expectAccessible, show } from "../../test/render";
import { complete, NO_ANSWER, valueOf } from "./model";
import { RepairForm, type Fix } from "./repair-form";

const group = (code: string): HeldGroup => {
  const g = heldGroups().find((x) => x.code === code);
  if (!g) throw new Error(code);
  return g;
};
const fixing = (): Fix => ({ run: vi.fn(), ask: vi.fn(() => Promise.resolve("J-1")), busy: false, problem: null, forget: vi.fn() });

beforeEach(() => setBackend({ Runs: { Repairs: (_object, code) => Promise.resolve(repairs(String(code))) } }));
afterEach(() => setBackend(undefined));

test("P68: one decision puts a whole group right, with a reason when there is one", async () => {
  const user = userEvent.setup();
  const fix = fixing();
  const { container } = show(<RepairForm group={group("link.requester")} busy={false} fix={fix} />);
  await user.click(await screen.findByRole("radio", { name: "Use another customer" }));
  const button = screen.getByRole("button", { name: "Fix and try these again" });
  expect(button).toBeDisabled();
  await user.type(screen.getByLabelText("Answer"), "31");
  await user.type(screen.getByLabelText("Why"), "Agreed");
  expect(screen.getByRole("link", { name: /^Show 57/ })).toBeVisible();
  await expectAccessible(container);
  await user.click(button);
  expect(fix.run).toHaveBeenCalledWith("ticket", "link.requester", "requester", "use_record", "31", "Agreed");
});

test("values are answered one by one, and what is not answered stays held back", async () => {
  const user = userEvent.setup();
  const fix = fixing();
  show(<RepairForm group={group("contact.email")} busy={false} fix={fix} />);
  await user.type(await screen.findByRole("textbox", { name: "Becomes, for see phone" }), "none@acme.example");
  expect(screen.getByText("1 of 2 values are answered. Records with the others stay held back.")).toBeVisible();
  await user.click(screen.getByRole("button", { name: "Fix and try these again" }));
  await waitFor(() => expect(fix.run).toHaveBeenCalledWith("contact", "contact.email", "email", "value_list", '{"see phone":"none@acme.example"}', ""));
});

test("what sends nothing again says so on its button", async () => {
  const user = userEvent.setup();
  show(<RepairForm group={group("file.missing")} busy={false} fix={fixing()} />);
  await user.click(await screen.findByRole("radio", { name: "Leave them out" }));
  expect(screen.getByRole("button", { name: "Settle these" })).toBeEnabled();
});

test("an answer is written as Go reads it", () => {
  const option: RepairView = { id: "date_format", title: "", why: "", asks: "option", options: [{ value: "DD.MM.YYYY", title: "", count: 3 }], values: [], count: 3, again: true };
  expect(complete(option, NO_ANSWER)).toBe(false);
  expect(valueOf(option, { text: " DD.MM.YYYY ", values: {} })).toBe("DD.MM.YYYY");
  expect(complete({ ...option, asks: "none" }, NO_ANSWER)).toBe(true);
  expect(complete(undefined, NO_ANSWER)).toBe(false);
});
