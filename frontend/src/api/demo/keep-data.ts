import type { CertificateView, KeepView, KeptView, RestoredView, RestoreOrder } from "../types-keep";

type Method = (...args: unknown[]) => Promise<unknown>;

const setting = (name: string, title: string, help = "", secret = false, optional = false) => ({ name, title, help, secret, optional });

const backups: KeptView[] = [
  { id: 2, name: "Acme 2026-11-21 201500.waybill-backup", place: "Folder /mnt/backups", at: "2026-11-21T20:15:00.000Z", by: "Anna Meyer", records: 131_204, files: 4_120, missing: 0, bytes: 2_310_000_000, parts: 4, encrypted: true, tested: "", tested_by: "", passed: false, compared: 0, opened: 0, seconds: 0, wrong: [] },
  { id: 1, name: "Acme 2026-11-14 180200.waybill-backup", place: "Folder /mnt/backups", at: "2026-11-14T18:02:00.000Z", by: "Anna Meyer", records: 129_880, files: 4_098, missing: 2, bytes: 2_290_000_000, parts: 1, encrypted: false, tested: "2026-11-14T18:40:00.000Z", tested_by: "Bea Borg", passed: true, compared: 129_880, opened: 410, seconds: 93, wrong: [] },
];

const certificate: CertificateView = {
  number: 1, at: "2026-11-20T09:12:00.000Z", by: "Anna Meyer", why: "Request 17 by letter of 18 November", digest: "905b98ef110181c8bae86bcd197cca7239d7fab8982a313eec652e90de0df09c",
  records: [{ object: "contact", title: "Customers", count: 1 }, { object: "ticket", title: "Tickets", count: 4 }, { object: "message", title: "Messages", count: 19 }],
  attachments: 3, files: 1, target: ["customer 88123", "ticket 99120", "ticket 99121"], mentions: ["ticket 4712"], backups: ["Acme 2026-11-14 180200.waybill-backup (Folder /mnt/backups)"], one_word: 1,
};

const restored: RestoredView = {
  path: "", backup: "Acme 2026-11-14 180200.waybill-backup", passed: true, wrong: [], records: 129_880, files: 4_098, opened: 4_098, unopenable: 3, audit: true, seconds: 93,
  manifest: "5f0d1f7e6a2b4c3d8e9f00112233445566778899aabbccddeeff001122334455",
  objects: [{ title: "Companies", backed: 1_204, restored: 1_204, same: true }, { title: "Customers", backed: 48_110, restored: 48_110, same: true }, { title: "Tickets", backed: 12_537, restored: 12_537, same: true }, { title: "Messages", backed: 68_029, restored: 68_029, same: true }],
};

/** keepDemo answers about backups, the archive and erasures. */
export function keepDemo(later: <T>(value: T, ms?: number) => Promise<T>, start: (kind: string, title: string) => string): Record<string, Method> {
  const view: KeepView = {
    place: { kind: "folder", settings: { folder: "/mnt/backups" }, has_secret: false, words: "Folder /mnt/backups" },
    kinds: [
      { kind: "folder", settings: [setting("folder", "Folder", "On another disk than the project, better on another computer.")] },
      { kind: "s3", settings: [setting("address", "Address of the store"), setting("bucket", "Bucket"), setting("access_key", "Access key"), setting("secret_key", "Secret key", "Kept with the other secrets of this computer, never in the project.", true)] },
      { kind: "azure", settings: [setting("account", "Storage account"), setting("container", "Container"), setting("secret_key", "Account key", "", true)] },
    ],
    backups, staged: 131_204, stays: [{ fate: "archived", count: 8_120 }, { fate: "left_out", count: 77 }, { fate: "held", count: 57 }, { fate: "merged", count: 46 }, { fate: "pending", count: 0 }], erasures: [certificate],
  };
  let back: RestoredView | null = null;
  return {
    View: () => later(view), SetPlace: () => later(null), Backup: () => later(start("backup", "Backing up")), TestBackup: () => later(start("backup_test", "Testing the backup")),
    RestoreForm: () => later({ kinds: view.kinds, folder: "/home/anna/Documents" }), PickBackup: () => later({ folder: "/mnt/backups", name: "Acme 2026-11-14 180200.waybill-backup" }),
    Restore: (o) => { back = { ...restored, path: `/home/anna/Documents/${(o as RestoreOrder).project}.waybill` }; return later(start("restore", "Restoring a backup")); }, Restored: () => later(back),
    WriteArchive: () => later(start("archive", "Writing the archive")), Erase: () => later(start("erase", "Erasing")),
    FindPerson: () => later({ names: ["Lena Fischer", "L. Fischer"], records: [{ object: "contact", title: "Customers", count: 2 }, { object: "ticket", title: "Tickets", count: 6 }, { object: "message", title: "Messages", count: 31 }], phones: ["+49 731 550199"], one_word: ["Lena"] }),
  };
}
