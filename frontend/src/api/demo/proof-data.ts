import type { TrailEntry, TrailView, VerifyView } from "../types-proof";

/** verified is a report as it was sealed. */
export const verified = (): VerifyView => ({
  unchanged: true, report: "Acme sign-off.pdf", sentence: 'The report and all of its evidence are unchanged; "Acme" sealed it on 21 November 2026 at 14:05 UTC with the key 4b22 7777 d4dd 1fc6.',
  project: "This project wrote and sealed it: key and report stand in its audit trail.", signed: ["Jonas Weber, Head of support, 21 November 2026 13:40 UTC"],
  files: [{ name: "Acme sign-off.pdf", what: "the report", state: "unchanged" }, { name: "report.html", what: "the same as a page", state: "unchanged" }, { name: "audit.jsonl", what: "the audit trail", state: "unchanged" }],
});

const KINDS = [["mapping.accepted", "Accepted the mapping", "version 4"], ["decision", "Decided what stays behind", "77 records: Status is Spam"], ["run.started", "Started a run", "Rehearsal 2"], ["check", "Checked the target", "all passed"]] as const;

const all: TrailEntry[] = Array.from({ length: 240 }, (_, i) => {
  const [kind, what, detail] = KINDS[i % KINDS.length] ?? KINDS[0];
  const who = i % 3 === 0 ? { name: "Jonas Weber", role: "Head of support" } : { name: "Anna Keller", role: "Migration lead" };
  return { n: 240 - i, at: new Date(Date.UTC(2026, 10, 21, 13, 0) - i * 1_800_000).toISOString(), ...who, kind, what, detail, raw: JSON.stringify({ detail }), hash: (i * 7_919 + 104_729).toString(16).padStart(64, "4b227777d4dd1fc6") };
});

export const trail = (): TrailView => ({
  lines: all.length, head: all[0]?.hash ?? "", broken: "", people: ["Anna Keller", "Jonas Weber"],
  kinds: KINDS.map(([kind, words]) => ({ kind, words, count: all.filter((l) => l.kind === kind).length })),
  keys: [{ ...(all[200] as TrailEntry), kind: "report.key", raw: JSON.stringify({ fingerprint: "4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a" }) }],
});

export const lines = (person: string, kind: string, text: string, before: number): TrailEntry[] =>
  all.filter((l) => (person === "" || l.name === person) && (kind === "" || l.kind === kind) && (text === "" || (l.raw + l.what).toLowerCase().includes(text.toLowerCase())) && (before === 0 || l.n < before)).slice(0, 100);
