import type { SpotPair, SpotsView, SpotTask } from "../types-spots";

const AGES = ["Up to a week", "Up to a month", "Up to a year", "Up to two years", "Older than two years"];
const NAMES = ["Where is my parcel?", "Zip of the tent is broken", "Invoice for order 20417", "Refund for the stove", "Change of address", "\u05d0\u05d9\u05e4\u05d4 \u05d4\u05d4\u05d6\u05de\u05e0\u05d4 \u05e9\u05dc\u05d9"];

const tasks: SpotTask[] = Array.from({ length: 12 }, (_, i) => ({
  seq: 100 + i, object: "ticket", id: String(10_041 + i * 37), name: NAMES[i % NAMES.length] ?? "", target: String(88_000 + i), reviewer: i % 2 === 0 ? "Jonas Weber" : "Mia Sand", age: AGES[i % AGES.length] ?? "",
  why: i < 8 ? "Chosen by chance" : "Longest conversation; not in Latin letters", verdict: i === 0 ? "right" : i === 3 ? "wrong" : "", note: i === 3 ? "The second attachment is missing." : "",
  by: i === 0 || i === 3 ? "Jonas Weber, Head of support" : "", at: i === 0 || i === 3 ? new Date(Date.UTC(2026, 10, 21, 12, i)).toISOString() : "", picture: false,
}));

export const view = (): SpotsView => ({ tasks, reviewers: ["Jonas Weber", "Mia Sand"], mapper: "Anna Meyer" });

export const judge = (seq: number, verdict: string, note: string, by: { name: string; role: string }): boolean => {
  const t = tasks.find((x) => x.seq === seq);
  if (t) Object.assign(t, { verdict, note, by: `${by.name}, ${by.role}`, at: new Date().toISOString() });
  return true;
};

export const pair = (seq: number): SpotPair => {
  const task = tasks.find((t) => t.seq === seq);
  if (!task) throw new Error(`no task ${seq}`);
  const bad = task.verdict === "wrong";
  const old = (id: string, author: string, kind: string, at: string, html: string, isPrivate = false) => ({ id, author, author_kind: kind, at, private: isPrivate, html, attachments: [] });
  return {
    task, missing: false, differs: bad, more: false, picture: "",
    fields: [
      { title: "Subject", meant: task.name, found: task.name, same: true }, { title: "Status", meant: "solved", found: bad ? "open" : "solved", same: !bad },
      { title: "Customer", meant: "c-204", found: "c-204", same: true }, { title: "Opened", meant: "2024-03-02 09:14:00 UTC", found: "2024-03-02 09:14:00 UTC", same: true },
    ],
    thread: [
      { old: old("m1", "Nora Quist", "contact", "2024-03-02T09:14:00Z", "<p>Hello, where is my parcel? It should have been here on Monday.</p>"), html: "<p>Hello, where is my parcel? It should have been here on Monday.</p>", target: "msg-1", missing: false, fields: [], same: true },
      { old: old("m2", "Jonas Weber", "agent", "2024-03-02T10:02:00Z", "<p>It left our house on Friday; I ask the carrier.</p>"), html: "<p>It left our house on Friday.</p>", target: "msg-2", missing: false, same: !bad, fields: bad ? [{ title: "Text", meant: "It left our house on Friday; I ask the carrier.", found: "It left our house on Friday.", same: false }] : [] },
      { old: old("m3", "Jonas Weber", "agent", "2024-03-02T10:05:00Z", "<p>Carrier says: lost. Send again.</p>", true), html: "<p>Carrier says: lost. Send again.</p>", target: "msg-3", missing: false, fields: [], same: true },
    ],
  };
};
