// What comes back in the demo: a workbook with conflicts and a review, a Git folder, and versions.
import type { VersionView } from "../types";
import type { VersionCard, WorkbookBack } from "../types/versions";

type Method = (...args: unknown[]) => Promise<unknown>;

const later = <T>(value: T): Promise<T> => new Promise((resolve) => setTimeout(() => resolve(structuredClone(value)), 60));
const nobody = { said: false, name: "", role: "", date: "", approved: false, remark: "", refused: null };

const back: WorkbookBack = {
  file: "/home/anna/Downloads/Acme mapping v3 (back).xlsx",
  token: "t",
  changes: ["Tickets, Status: value “on-hold” was “open”, is now “pending”.", "Tickets, Subject: owner is now “Mia Weber” (was not stated)."],
  conflicts: [
    { what: "Tickets, Priority: value “2 - Medium”", here: "“normal”", there: "“low”" },
    { what: "Customers, Phone: note", here: "ask sales", there: "nothing" },
  ],
  others: ["The cleaning rule “Spam” of Tickets is taken back; 120 records may move after all. We need three of them."],
  review: { said: true, name: "Bea Stein", role: "Head of support", date: "2026-11-22", approved: true, remark: "Looks right.", refused: null },
  notes: [{ code: "workbook.kept", what: "2 lines of the sheet “Tickets” are not in the workbook any more.", why: "Nothing was said about them, so what is mapped stays: their rules.", next: "Nothing needs to be done.", where: { sheet: "Tickets" }, detail: "" }],
  problems: [],
};

const wrong: WorkbookBack = {
  ...back, token: "", changes: [], conflicts: [], others: [], notes: [], review: nobody,
  problems: [{ code: "workbook.choice", what: "“solvd” is not one of the target's choices.", why: "The new system would refuse it.", next: "Choose “solved” from the list in the cell.", where: { sheet: "Tickets Status", cell: "E14" }, detail: "" }],
};

const folder: WorkbookBack = { ...back, file: "/home/anna/halden/waybill-mapping", conflicts: [], others: [], notes: [], review: nobody };

const card = (v: VersionView, i: number): VersionCard => ({
  number: v.number, hash: v.hash, author: v.author, at: v.at, reason: v.reason, changes: v.changes,
  approvals: v.approved === "" ? [] : [{ name: v.approved.split(",")[0] ?? "", role: "business owner", at: v.at, statement: "I have read the mapping and agree with it." }],
  runs: i === 0 ? [] : [{ id: `run-${String(i)}`, kind: i === 1 ? "pilot" : "full", state: "done", started: v.at }],
});

/** returned answers what leaves the mapping and comes back. */
export function returned(list: () => VersionView[]): Record<string, Method> {
  return {
    History: () => later(list().map(card)),
    ImportWorkbook: () => later(back),
    ReadWorkbook: () => later(wrong),
    ApplyWorkbook: () => later(list()[0]),
    AnnotateWorkbook: () => later("/home/anna/Downloads/Acme mapping v3 (back), with notes.xlsx"),
    ExportFolder: () => later({ folder: "/home/anna/halden/waybill-mapping", commits: ["Version 2: commit 1f0c9b7a2d3e", "Version 3: commit 8a77d01be4c2"] }),
    ImportFolder: () => later(folder),
    ApplyFolder: () => later(list()[0]),
    WriteDocument: (kind) => later(`/home/anna/Documents/Mapping document of Acme.${String(kind)}`),
  };
}
