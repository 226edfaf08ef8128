import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { setBackend } from "../api/call";
import type { RestoredView } from "../api/types-keep";
import { expectAccessible, show } from "../test/render";
import { projectOf, RestoreDialog } from "./restore";

const setting = (name: string, title: string, secret = false) => ({ name, title, help: "", secret, optional: false });
const result: RestoredView = {
  path: "/home/a/Acme.waybill", backup: "Acme 2026-11-14 180200.waybill-backup", passed: true, wrong: [], objects: [{ title: "Tickets", backed: 12, restored: 12, same: true }],
  records: 12, files: 3, opened: 3, unopenable: 0, audit: true, manifest: "ab".repeat(32), seconds: 2,
};
const job = { id: "aside-1", kind: "restore", title: "Restoring a backup", state: "done", stage: "", done: 1, total: 1, failed: 0, rate: 0, seconds_left: 0, left_low: 0, left_high: 0, started: "", finished: "", waiting: "", error: null, result: "", can_stop: false, stages: [], rates: [], requests: [], limit_per_minute: 0, problems: [], question: "", seq: 1 };

afterEach(() => setBackend(undefined));

test("a backup is chosen, restored, compared and opened, without any project", async () => {
  const user = userEvent.setup();
  const restore = vi.fn(() => Promise.resolve("aside-1"));
  const open = vi.fn(() => Promise.resolve(null));
  setBackend({
    Keep: {
      RestoreForm: () => Promise.resolve({ kinds: [{ kind: "folder", settings: [setting("folder", "Folder")] }, { kind: "s3", settings: [setting("bucket", "Bucket"), setting("secret_key", "Secret key", true)] }], folder: "/home/a" }),
      PickBackup: () => Promise.resolve({ folder: "/mnt/b", name: "Acme 2026-11-14 180200.waybill-backup" }),
      Restore: restore,
      Restored: () => Promise.resolve(result),
    },
    App: { OpenProject: open },
    Jobs: { Current: () => Promise.resolve(null), Status: () => Promise.resolve(job) },
  });
  show(<RestoreDialog opened onClose={() => undefined} />);
  const start = await screen.findByRole("button", { name: "Restore and compare" });
  expect(start).toBeDisabled();
  const [choose] = screen.getAllByRole("button", { name: "Choose…" });
  if (choose) await user.click(choose);
  expect(await screen.findByDisplayValue("/mnt/b/Acme 2026-11-14 180200.waybill-backup")).toBeVisible();
  expect(screen.getByLabelText("Name of the project")).toHaveValue("Acme");
  fireEvent.change(screen.getByLabelText("Its passphrase"), { target: { value: "a word" } });
  await expectAccessible(document.body);
  await user.click(start);
  await waitFor(() => expect(restore).toHaveBeenCalledWith({ kind: "folder", settings: { folder: "/mnt/b" }, name: "Acme 2026-11-14 180200.waybill-backup", passphrase: "a word", folder: "/home/a", project: "Acme" }));
  expect(await screen.findByText("Everything came back as it was backed up")).toBeVisible();
  expect(screen.getByText("byte for byte the same")).toBeVisible();
  await expectAccessible(document.body);
  await user.click(screen.getByRole("button", { name: "Open this project" }));
  await waitFor(() => expect(open).toHaveBeenCalledWith("/home/a/Acme.waybill"));
}, 60_000);

test("a project is called as it was when it was backed up", () => {
  expect(projectOf("Acme moves 2026-11-14 180200.waybill-backup")).toBe("Acme moves");
  expect(projectOf("other.waybill-backup.001")).toBe("other");
});
