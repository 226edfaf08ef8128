import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { setBackend } from "../../api/call";
import { rebuildView, ruleDetail } from "../../api/demo/rebuild-data";
import type { RebuildView } from "../../api/types";
import type { Route } from "../../components/route";
import { expectAccessible, show } from "../../test/render";
import { ALL, owners, visible } from "./model";
import { RebuildPage } from "./rebuild-page";

const route = (query: Record<string, string> = {}, rest: string[] = []): Route => ({ page: "rebuild", rest, query });
const state = vi.fn(() => Promise.resolve(null));
let view: RebuildView = rebuildView();

beforeEach(() => {
  view = rebuildView();
  setBackend({
    Rebuild: { View: () => Promise.resolve(view), Get: (id) => Promise.resolve(ruleDetail(Number(id))), State: state, Read: () => Promise.resolve("J-1") },
    Jobs: { Current: () => Promise.resolve(null), Status: () => Promise.reject(new Error("unknown")) },
  });
});
afterEach(() => {
  setBackend(undefined);
  vi.clearAllMocks();
});

const names = () => within(screen.getByRole("table")).getAllByRole("link").map((a) => a.textContent);

test("the list says what is left, what drifted and what cannot be seen", async () => {
  const user = userEvent.setup();
  const { container } = show(<RebuildPage route={route()} />);
  expect(await screen.findByRole("heading", { name: "3 of 5 are still to do" })).toBeVisible();
  expect(screen.getByText("Webhooks: only administrators see them.")).toBeVisible();
  expect(names()).toEqual(["Urgent goes to the second line", "Tell the owner of a reply", "Gold customers", "Thanks and goodbye", "Ask for the log file"]);
  await expectAccessible(container);
  await user.click(screen.getByRole("button", { name: /^Show them: Since the reading before: 1 changed, 1 gone$/ }));
  expect(names()).toEqual(["Tell the owner of a reply", "Old Christmas notice"]);
  await user.click(screen.getByRole("button", { name: /^Show them: 2 dead/ }));
  expect(names()).toEqual(["Thanks and goodbye"]);
});

test("several rules are stated at once", async () => {
  const user = userEvent.setup();
  show(<RebuildPage route={route()} />);
  await user.click(await screen.findByRole("checkbox", { name: "Choose Urgent goes to the second line" }));
  await user.click(screen.getByRole("checkbox", { name: "Choose Thanks and goodbye" }));
  await user.click(screen.getByRole("combobox", { name: "Set state" }));
  await user.click(await screen.findByRole("option", { name: "Rebuilt" }));
  await user.click(screen.getByRole("button", { name: "Set" }));
  await waitFor(() => expect(state).toHaveBeenCalledWith([1, 5], { fields: ["state"], state: "rebuilt", owner: "", note: "" }));
});

test("a rule shows its conditions, its test and its dead placeholders, and is stated with a note", async () => {
  const user = userEvent.setup();
  const { container } = show(<RebuildPage route={route({ rule: "5" })} />);
  const panel = within(await screen.findByRole("complementary", { name: "Thanks and goodbye" }));
  expect(within(panel.getByRole("region", { name: "Placeholders" })).getByText("Nobody but the old desk knows what it stands for.")).toBeVisible();
  expect(panel.getByRole("region", { name: "How to test it" })).toHaveTextContent("Expect");
  await user.click(panel.getByRole("radio", { name: "Not needed" }));
  await user.type(panel.getByLabelText("Note"), "Nobody uses it");
  await expectAccessible(container);
  await user.click(panel.getByRole("button", { name: "Save" }));
  await waitFor(() => expect(state).toHaveBeenCalledWith([5], { fields: ["state", "note"], state: "not_needed", owner: "", note: "Nobody uses it" }));
});

test("a rule that changed since it was built is confirmed or taken up again", async () => {
  const user = userEvent.setup();
  show(<RebuildPage route={route({ rule: "2" })} />);
  const panel = within(await screen.findByRole("complementary", { name: "Tell the owner of a reply" }));
  expect(panel.getByText("It does now: Send a mail to the assignee")).toBeVisible();
  await user.click(panel.getByRole("button", { name: "It is still right" }));
  await waitFor(() => expect(state).toHaveBeenCalledWith([2], { fields: ["state"], state: "rebuilt", owner: "Bea Borg", note: "" }));
});

test("before anything was read the page says why, and what to do", async () => {
  view = { ...rebuildView(), read_at: "", rules: [], kinds: [], can_read: false, why: "Export files hold records only." };
  const { unmount } = show(<RebuildPage route={route()} />);
  expect(await screen.findByText("Export files hold records only.")).toBeVisible();
  expect(screen.getByRole("link", { name: "Connect the old desk" })).toBeVisible();
  unmount();
  view = { ...view, can_read: true };
  show(<RebuildPage route={route()} />);
  expect(await screen.findByRole("button", { name: "Read the rules" })).toBeEnabled();
});

test("choices narrow the list", () => {
  const rules = rebuildView().rules;
  const ids = (part: Partial<typeof ALL>) => visible(rules, { ...ALL, ...part }).map((r) => r.id);
  expect(ids({ show: "left" })).toEqual([1, 2, 5]);
  expect(ids({ show: "gone" })).toEqual([3]);
  expect(ids({ show: "off" })).toEqual([6]);
  expect(ids({ show: "rebuilt", owner: "Bea Borg" })).toEqual([2]);
  expect(ids({ kind: "macro", text: "HELLO thank" })).toEqual([5]);
  expect(owners(rules)).toEqual(["Anna Meyer", "Bea Borg"]);
});
