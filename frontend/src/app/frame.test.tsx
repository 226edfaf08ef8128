import { act, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PAGE_ACTIONS, actionFor, matches } from "../actions/actions";
import { setBackend } from "../api/call";
import { demoBackend } from "../api/demo/backend";
import { queryClient } from "../api/query";
import { parseRoute } from "../components/route";
import { expectAccessible } from "../test/render";
import { App, projectIn } from "./app";
import { isHere } from "./next-bar";
import { keepTheWindow } from "./links";

beforeEach(() => {
  queryClient.clear();
  setBackend(demoBackend());
  window.location.hash = "#/home";
});
afterEach(() => setBackend(undefined));

const PAGES: [string, string][] = [
  ["#/home", "Acme moves to Front"], ["#/source", "Source"], ["#/source/tickets.csv", "tickets.csv"], ["#/inventory", "Inventory"], ["#/profile", "Profile"], ["#/profile/ticket/status", "status"], ["#/inventory/ticket?field=status", "Inventory"],
  ["#/records", "Records"], ["#/clean", "Clean"], ["#/mapping/ticket", "Mapping"], ["#/mapping/ticket?field=status", "Mapping"], ["#/mapping/versions", "Mapping"], ["#/target", "Set up the target"],
  ["#/run", "Run"], ["#/held", "Held back"], ["#/check", "Check"], ["#/check/times/message", "Check"], ["#/report", "Report and sign-off"],
];

test.each(PAGES)("%s opens, and can be read without seeing it", async (hash, title) => {
  window.location.hash = hash;
  const { container } = render(<App />);
  expect(await screen.findByRole("heading", { level: 1, name: title }, { timeout: 5000 })).toBeVisible();
  // What is asked for after the page is there.
  await waitFor(() => expect(screen.queryByRole("status", { name: "One moment" })).not.toBeInTheDocument(), { timeout: 5000 });
  await expectAccessible(container);
}, 20_000);

test("the next step is on every page", async () => {
  window.location.hash = "#/clean";
  render(<App />);
  expect(await screen.findByRole("contentinfo", { name: "Next step" })).toHaveTextContent("Say which customer stands for 57 tickets");
  expect(screen.getByRole("link", { name: "Decide" })).toHaveAttribute("href", "#/mapping/ticket?field=requester");
});

test("the rail unfolds one phase and says each task's state in words", async () => {
  const user = userEvent.setup();
  render(<App />);
  const phase = await screen.findByRole("button", { name: /Discover/ });
  expect(phase).toHaveAttribute("aria-expanded", "false");
  expect(screen.getByRole("link", { name: /Clean.*needs you.*3 open/ })).toBeVisible();
  await user.click(phase);
  expect(phase).toHaveAttribute("aria-expanded", "true");
  expect(screen.getByRole("link", { name: /Give the source.*done/ })).toBeVisible();
});

test("keys open pages, and the palette finds them by their words", async () => {
  const user = userEvent.setup();
  render(<App />);
  await screen.findByRole("heading", { level: 1 });
  await user.keyboard("{Alt>}[Digit8]{/Alt}");
  expect(await screen.findByRole("heading", { level: 1, name: "Check" })).toBeVisible();
  await user.keyboard("{Control>}k{/Control}");
  await user.type(await screen.findByRole("combobox", { name: "Type what you want to do" }), "duplicates nothing");
  expect(screen.getByText("Nothing fits these words.")).toBeVisible();
  await user.clear(screen.getByRole("combobox", { name: "Type what you want to do" }));
  await user.type(screen.getByRole("combobox", { name: "Type what you want to do" }), "held repair{Enter}");
  expect(await screen.findByRole("heading", { level: 1, name: "Held back" })).toBeVisible();
});

test("the start screen is shown while no project is open", async () => {
  const none = demoBackend();
  await none["App"]?.["CloseProject"]?.();
  setBackend(none);
  const { container } = render(<App />);
  expect(await screen.findByRole("button", { name: "Try the sample" })).toBeEnabled();
  expect(screen.getByText("Everything stays on this computer.")).toBeVisible();
  await expectAccessible(container);
});

test("an engine's problem is shown in words where the page would be", async () => {
  setBackend({ ...demoBackend(), Clean: { Rules: () => Promise.reject(new Error('{"code":"x","what":"The project file cannot be read.","why":"w","next":"n"}')), Decisions: () => Promise.resolve([]) } });
  window.location.hash = "#/clean";
  render(<App />);
  expect(await screen.findByRole("alert")).toHaveTextContent("The project file cannot be read.");
});

test("actions are found by all their words, and by key only with Alt alone", () => {
  expect(PAGE_ACTIONS.filter((a) => matches(a, "map becomes")).map((a) => a.id)).toEqual(["go.mapping"]);
  const press = { altKey: true, ctrlKey: false, metaKey: false, code: "Digit4" };
  expect(actionFor(PAGE_ACTIONS, press)?.id).toBe("go.mapping");
  expect(actionFor(PAGE_ACTIONS, { ...press, ctrlKey: true })).toBeUndefined();
});

test("the step is here only on its own page, object and field", () => {
  const here = (page: string, at: string) => isHere(page, parseRoute(at));
  expect(here("mapping/ticket?field=requester", "#/mapping/ticket?field=requester")).toBe(true);
  expect(here("mapping/ticket?field=requester", "#/mapping/contact")).toBe(false);
  expect(here("source", "#/source/tickets.csv")).toBe(true);
  expect(here("clean", "#/home")).toBe(true);
});

test("a second start hands over its project, wherever it was started", () => {
  expect(projectIn({ args: ["--x", "Acme.waybill"], folder: "/home/anna" })).toBe("/home/anna/Acme.waybill");
  expect(projectIn({ args: ["/tmp/Acme.waybill/"], folder: "/home/anna" })).toBe("/tmp/Acme.waybill/");
  expect(projectIn({ args: ["C:\\Moves\\Acme.waybill"], folder: "D:\\" })).toBe("C:\\Moves\\Acme.waybill");
  expect(projectIn({ args: ["--sample"] })).toBe("");
  expect(projectIn(null)).toBe("");
});

test("no click and no drop takes the window away from its page", () => {
  const stop = keepTheWindow();
  const link = document.createElement("a");
  link.href = "https://example.org/";
  document.body.append(link);
  const click = new MouseEvent("click", { bubbles: true, cancelable: true });
  act(() => void link.dispatchEvent(click));
  expect(click.defaultPrevented).toBe(true);
  for (const kind of ["dragover", "drop"]) {
    const e = new Event(kind, { bubbles: true, cancelable: true });
    window.dispatchEvent(e);
    expect(e.defaultPrevented).toBe(true);
  }
  link.setAttribute("href", "#/home");
  const inside = new MouseEvent("click", { bubbles: true, cancelable: true });
  link.dispatchEvent(inside);
  expect(inside.defaultPrevented).toBe(false);
  link.remove();
  stop();
});
