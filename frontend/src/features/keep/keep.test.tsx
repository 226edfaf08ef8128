import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { setBackend } from "../../api/call";
import type { KeepView } from "../../api/types-keep";
import type { Route } from "../../components/route";
import { expectAccessible, show } from "../../test/render";
import { KeepPage } from "./keep-page";

const route = (...rest: string[]): Route => ({ page: "keep", rest, query: {} });
const setting = (name: string, title: string, secret = false, optional = false) => ({ name, title, help: "", secret, optional });

function view(part: Partial<KeepView> = {}): KeepView {
  return {
    place: { kind: "", settings: {}, has_secret: false, words: "" },
    kinds: [
      { kind: "folder", settings: [setting("folder", "Folder")] },
      { kind: "s3", settings: [setting("address", "Address of the store"), setting("bucket", "Bucket"), setting("secret_key", "Secret key", true)] },
    ],
    backups: [], staged: 12_000, stays: [{ fate: "archived", count: 0 }, { fate: "left_out", count: 77 }, { fate: "held", count: 3 }], erasures: [],
    ...part,
  };
}

const placed = { kind: "folder", settings: { folder: "/backups" }, has_secret: false, words: "Folder /backups" };
const kept = {
  id: 4, name: "Kestrelmoor 2026-11-21.waybill-backup", place: "Folder /backups", at: "2026-11-21T20:00:00.000Z", by: "Anna Meyer", records: 12_000, files: 120, missing: 0,
  bytes: 9_000_000, parts: 1, encrypted: true, tested: "", tested_by: "", passed: false, compared: 0, opened: 0, seconds: 0, wrong: [],
};

// A loaded machine takes its time over axe.
const SLOW = 60_000;
// fill gives a field its text at once.
const fill = (field: HTMLElement, value: string) => fireEvent.change(field, { target: { value } });

let now: KeepView;
const backend = {
  SetPlace: vi.fn(() => Promise.resolve(null)), Backup: vi.fn(() => Promise.resolve("J-1")), TestBackup: vi.fn(() => Promise.resolve("J-2")),
  WriteArchive: vi.fn(() => Promise.resolve("J-3")), Erase: vi.fn(() => Promise.resolve("J-4")),
  FindPerson: vi.fn(() => Promise.resolve({ names: ["Zoë Müller"], records: [{ object: "contact", title: "Customers", count: 1 }, { object: "ticket", title: "Tickets", count: 1200 }], phones: ["+49 731 550199"], one_word: ["Zoë"] })),
};

beforeEach(() => {
  now = view();
  setBackend({ Keep: { View: () => Promise.resolve(now), ...backend }, Jobs: { Current: () => Promise.resolve(null), Status: () => Promise.reject(new Error("unknown")) } });
});
afterEach(() => {
  setBackend(undefined);
  vi.clearAllMocks();
});

test("nothing is backed up before a place was chosen, and a key is never shown", async () => {
  const user = userEvent.setup();
  const { container } = show(<KeepPage route={route()} />);
  expect(await screen.findByRole("button", { name: "Back up now" })).toBeDisabled();
  await expectAccessible(container);
  await user.click(screen.getByRole("combobox", { name: "Kind of place" }));
  await user.click(await screen.findByRole("option", { name: /^An S3 store/ }));
  fill(screen.getByRole("textbox", { name: "Address of the store" }), "https://s3.example.com");
  fill(screen.getByRole("textbox", { name: "Bucket" }), "keep");
  expect(screen.getByRole("button", { name: "Use this place" })).toBeDisabled();
  fill(screen.getByLabelText("Secret key"), "hush");
  expect(screen.getByLabelText("Secret key")).toHaveAttribute("type", "password");
  await user.click(screen.getByRole("button", { name: "Use this place" }));
  await waitFor(() => expect(backend.SetPlace).toHaveBeenCalledWith("s3", { address: "https://s3.example.com", bucket: "keep", secret_key: "hush" }));
}, SLOW);

test("a passphrase is typed twice, and a backup is tested with it", async () => {
  now = view({ place: placed, backups: [kept] });
  const user = userEvent.setup();
  const { container } = show(<KeepPage route={route()} />);
  fill(await screen.findByLabelText("Passphrase"), "a word");
  expect(screen.getByRole("button", { name: "Back up now" })).toBeDisabled();
  fill(screen.getByLabelText("Passphrase again"), "a word");
  await user.click(screen.getByRole("button", { name: "Back up now" }));
  await waitFor(() => expect(backend.Backup).toHaveBeenCalledWith("a word", 0));
  expect(screen.getByText("Not tested yet")).toBeVisible();
  await expectAccessible(container);
}, SLOW);

test("a test asks for the passphrase of that backup", async () => {
  now = view({ place: placed, backups: [kept] });
  const user = userEvent.setup();
  show(<KeepPage route={route()} />);
  await user.click(await screen.findByRole("button", { name: /^Restore for a test: Kestrelmoor/ }));
  const box = within(await screen.findByRole("dialog"));
  expect(box.getByRole("button", { name: "Restore for a test" })).toBeDisabled();
  fill(box.getByLabelText("Its passphrase"), "a word");
  await user.click(box.getByRole("button", { name: "Restore for a test" }));
  await waitFor(() => expect(backend.TestBackup).toHaveBeenCalledWith(4, "a word", 10));
}, SLOW);

test("the archive holds what is chosen", async () => {
  const user = userEvent.setup();
  const { container } = show(<KeepPage route={route("archive")} />);
  await user.click(await screen.findByRole("checkbox", { name: "Held back (3)" }));
  await expectAccessible(container);
  await user.click(screen.getByRole("button", { name: "Write the archive…" }));
  await waitFor(() => expect(backend.WriteArchive).toHaveBeenCalledWith(["archived", "left_out"]));
}, SLOW);

test("nobody is erased without a look, a reason and the number", async () => {
  now = view({ erasures: [{ number: 1, at: kept.at, by: "Anna Meyer", why: "Request 17", digest: "ab12", records: [], attachments: 2, files: 0, target: ["ticket 993"], mentions: [], backups: [], one_word: 0 }] });
  const user = userEvent.setup();
  const { container } = show(<KeepPage route={route("erase")} />);
  expect(within(await screen.findByRole("article", { name: "Certificate 1" })).getByText("ticket 993")).toBeVisible();
  fill(screen.getByRole("textbox", { name: /^E-mail address/ }), "zoe@kunde.example");
  await user.click(screen.getByRole("button", { name: "Look first" }));
  const button = await screen.findByRole("button", { name: "Erase 1,201 records" });
  expect(button).toBeDisabled();
  fill(screen.getByRole("textbox", { name: "Who asked for it, and when" }), "Request 18");
  await expectAccessible(container);
  await user.click(button);
  const box = within(await screen.findByRole("dialog"));
  fill(box.getByRole("textbox"), "1201");
  await user.click(box.getByRole("button", { name: "Erase 1,201 records" }));
  await waitFor(() => expect(backend.Erase).toHaveBeenCalledWith("zoe@kunde.example", "Request 18", "1201"));
}, SLOW);
