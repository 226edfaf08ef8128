// The made-up company's plan, runs, held records and delta.
import type {
  CanaryView, ClockView, ConflictPage, DeltaView, Figure, HeldGroup, PlanRow, PlanView, PreflightView, RepairView, RollbackRow, RunRow, RunView, SlicesView, Thresholds,
} from "../types";
import { fig, minutesAgo, open, problem, TITLES } from "./data";

export const heldGroups = (): HeldGroup[] => [
  { code: "link.message", object: "message", field: "ticket", title: "Messages whose ticket is not there", why: "The export holds messages of tickets that it does not hold itself. A message cannot live without its ticket.", next: "Leave them out with a reason, or add the missing tickets to the source.", page: "clean", count: open(141, { object: "message", fate: "held", code: "link.message" }, "Messages held back: their ticket is not there"), examples: ["m-90221, ticket 8,102", "m-90222, ticket 8,102", "m-91877, ticket 8,455"] },
  { code: "link.requester", object: "ticket", field: "requester", title: "Tickets without a customer", why: "Their address belongs to nobody in the export, and the target refuses a ticket without a customer.", next: "Say which customer stands for all of them.", page: "mapping/ticket?field=requester", count: open(57, { object: "ticket", fate: "held", code: "link.requester" }, "Tickets held back: no customer"), examples: ["10204 Cannot print (gone.person@old.example)", "10877 (no subject)", "11290 Frage zur Rechnung"] },
  { code: "file.missing", object: "attachment", field: "file", title: "Attachments whose file is missing", why: "The list names them, but the ZIP does not hold them.", next: "Ask for a complete export, or leave them out.", page: "source", count: open(12, { object: "attachment", fate: "held", code: "file.missing" }), examples: ["scan_0112.pdf", "../etc/passwd", "photo.heic"] },
  { code: "contact.email", object: "contact", field: "email", title: "Customers with an address that is none", why: "The target accepts only real e-mail addresses.", next: "Leave the address empty when it is none.", page: "mapping/contact", count: open(8, { object: "contact", fate: "held", code: "contact.email" }), examples: ["“m.krause@blautal”", "“see phone”"] },
];


const planRow = (object: string, create: number, skip: number, hold: number, merge = 0): PlanRow => ({
  object, title: TITLES[object] ?? object, create: open(create, { object, plan: "P-0005", action: "create" }, `${TITLES[object] ?? ""} to create`), match: fig(0), update: fig(0),
  merge: open(merge, { object, fate: "merged" }, `${TITLES[object] ?? ""} merged`), skip: open(skip, { object, plan: "P-0005", action: "skip" }), hold: open(hold, { object, plan: "P-0005", action: "hold" }),
  unchanged: fig(0), conflict: fig(0), gone: fig(0), delete: fig(0),
});
const choice = (value: string, title: string, means: string) => ({ value, title, means });
const HOLD = choice("hold", "Hold back", "They wait on the page Held back. Nothing of them is sent, and what hangs on them waits too.");
export const plan = (): PlanView => ({
  id: "P-0005", scope: "full", part: "", made: minutesAgo(3), mapping: 3, target: "Practice desk", requests: 58_841, low_s: 5_040, high_s: 6_300, window_hours: 48, fits: "yes", quiet: true,
  confirm: "Create 58,570 records in Practice desk", number: 58_570, stale: "", used: false, run: "", groups: heldGroups(),
  losses: [
    { code: "text_too_long", object: "message", field: "body", count: open(312, { object: "message", plan: "P-0005", loss: "text_too_long", field: "body" }), what: "Text is longer than 65,000 characters", choice: "split", chosen_by: "Anna Meyer", chosen_at: minutesAgo(9), examples: ["m-11", "m-12"], choices: [HOLD, choice("split", "Split into several messages", "The text goes on in further messages right behind the first one, by the same author and of the same time; each says which part it is."), choice("attach", "Attach the whole text as a file", "The message has the beginning, and a file beside it has all of it."), choice("shorten", "Shorten", "The beginning is kept and ends with “…”. The whole text stays only in this project's archive.")] },
    { code: "file_too_large", object: "attachment", field: "content", count: open(9, { object: "attachment", plan: "P-0005", loss: "file_too_large", field: "content" }), what: "the file is larger than the 20 MB that the target takes", choice: "hold", chosen_by: "", chosen_at: "", examples: ["a-1"], choices: [HOLD, choice("note", "Put a small text file in its place", "The text file names the missing file and says where it is kept: in this project's archive."), choice("archive", "Keep in the archive only", "They do not move. They are accounted for as archived, by your name.")] },
    { code: "author_not_kept", object: "message", field: "author", count: open(141, { object: "message", plan: "P-0005", loss: "author_not_kept", field: "author" }), what: "the target cannot keep who wrote them", choice: "text", chosen_by: "", chosen_at: "", examples: ["m-77"], choices: [] },
  ],
  objects: [planRow("organization", 147, 0, 0, 3), planRow("group", 9, 0, 0), planRow("agent", 24, 0, 0), planRow("contact", 1_127, 0, 8, 42), planRow("ticket", 12_204, 197, 57), planRow("message", 41_876, 0, 141), planRow("attachment", 3_183, 21, 12)],
});
export const rollbackRows = (): RollbackRow[] => ([["attachment", 3_204], ["message", 41_870], ["ticket", 12_398], ["contact", 1_127], ["organization", 147]] as const).map(([object, n]) => ({ object, title: TITLES[object] ?? object, remove: open(n, { object, fate: "moved", run: "R-0004" }) }));

const runRow = (object: string, created: number, held: number, deleted = 0): RunRow => ({
  object, title: TITLES[object] ?? object, created, existed: 0, updated: 0, unchanged: 0, held, failed: 0, noted: 0, deleted, kept: 0, there: deleted > 0 ? fig(0) : open(created, { object, fate: "moved", run: "R-0004" }),
});
const runOf = (id: string, kind: string, state: string, from: number, to: number, objects: RunRow[], more: Partial<RunView> = {}): RunView => ({
  id, kind, state, plan: "P-0004", part: "", by: "Anna Meyer", started: minutesAgo(from), finished: minutesAgo(to), mapping: 3, of: "", can_resume: false, can_rollback: kind !== "rollback", decides: "Bea Borg", error: null, proof: null, objects, ...more,
});
export const runList = (): RunView[] => [
  runOf("R-0004", "full", "done", 26, 14, [runRow("contact", 1_127, 8), runRow("ticket", 12_401, 57), runRow("message", 41_876, 141), runRow("attachment", 3_204, 12)]),
  runOf("R-0003b", "rollback", "done", 99, 97, [runRow("ticket", 0, 0, 512)], { plan: "", mapping: 0, of: "R-0003", proof: {
    deleted: 512, absent: 512, kept: 2, kept_list: ["ticket 7702: changed in the target since, or needed by something that was", "customer 31: changed in the target since, or needed by something that was"], source_untouched: true,
    source: [{ name: "Tickets", before: "12537", after: "12537" }, { name: "Export file 1 (SHA-256)", before: "4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce", after: "4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e4729b49fce" }],
    target: [{ name: "Tickets", value: "1" }, { name: "Customers", value: "1" }],
  } }),
  runOf("R-0003", "full", "interrupted", 120, 118, [runRow("ticket", 512, 0)], { plan: "P-0003", mapping: 2, can_resume: true, error: problem("net.lost", "The connection to the target broke off.", "What had arrived is noted; nothing was written twice.", "Go on when the network is back.", {}, "read tcp 127.0.0.1:51544->127.0.0.1:41877: connection reset by peer") }),
];
export const waitingRun = (): RunView => runOf("R-0005", "full", "canary", 1, 1, [runRow("contact", 1, 0), runRow("ticket", 1, 0), runRow("message", 1, 0)], { plan: "P-0005" });
export const stoppedRun = (): RunView => runOf("R-0005", "full", "stopped", 4, 1, [runRow("contact", 840, 61)], { plan: "P-0005", error: problem("load.threshold", "The target refused 6.8 % of the records, more than the 5.0 % that were agreed.", "The last refusal was: The field Phone takes only digits. What arrived stays there, nothing else is sent.", "Now Bea Borg decides: go on all the same, repair and try the held records again, or roll this run back.") });

const field = (title: string, meant: string, found = meant) => ({ field: title.toLowerCase(), title, meant, found, same: meant === found });
export const canary = (good = true): CanaryView => ({
  run: "R-0005", target: "Practice desk", good, known: true, sent: good ? 0 : 2, proof: "ticket 1042", at: minutesAgo(1), rest: 58_567,
  records: [
    { object: "contact", title: "Customer", id: "317", name: "Lena Fischer", target_id: "31", ok: true, error: "", fields: [field("Name", "Lena Fischer"), field("E-mail", "lena.fischer@blautal.example"), field("Phone", "+49 7344 100")], links: [field("Company", "12")] },
    { object: "ticket", title: "Ticket", id: "10001", name: "VPN drops every 20 minutes", target_id: "1042", ok: good, error: "", fields: [field("Subject", "VPN drops every 20 minutes"), field("Status", "solved"), field("Priority", "normal", good ? "normal" : "low"), field("Created", "2016-04-03T07:12:00Z", good ? "2016-04-03T07:12:00Z" : "2026-11-21T10:14:00Z")], links: [field("Customer", "31"), field("Assignee", "4")] },
    { object: "message", title: "Message", id: "m1", name: "", target_id: "88112", ok: true, error: "", fields: [field("Text", "Hello, since Monday my VPN connection drops every 20 minutes. I have restarted the laptop and the router."), field("Created", "2016-04-03T07:12:00Z")], links: [field("Ticket", "1042"), field("Author", "31")] },
  ],
});
export const preflight = (): PreflightView[] => [
  { code: "rights", state: "ok", what: "The account may do everything that is needed.", why: "", next: "", details: ["read and write tickets", "import with times of the past"], can_accept: false, accepted: false, accepted_by: "", accepted_at: "", accepted_why: "" },
  { code: "configuration", state: "ok", what: "Fields, options and limits are as they were when the plan was made.", why: "", next: "", details: [], can_accept: false, accepted: false, accepted_by: "", accepted_at: "", accepted_why: "" },
  { code: "quiet", state: "stop", what: "2 things in Practice desk would go off for what Waybill writes.", why: "Customers could get mails about tickets that were solved long ago.", next: "Switch them off in Practice desk for the time of the move, or accept it by name.", details: ["trigger “Thank you”: mails the customer", "webhook “Billing”: calls billing.example"], can_accept: true, accepted: false, accepted_by: "", accepted_at: "", accepted_why: "" },
  { code: "leftovers", state: "warn", what: "3 of the records that were looked up are in the target already.", why: "An older copy of this project wrote them, or the run that did was forgotten.", next: "Nothing to do: each record is looked for before it is created, so none is there twice. It takes more requests.", details: [], can_accept: false, accepted: false, accepted_by: "", accepted_at: "", accepted_why: "" },
];
export const thresholds = (): Thresholds => ({ held_percent: 5, at_least: 100, in_a_row: 200, decides: "Bea Borg", checked_first: true });
export const slices = (): SlicesView => ({
  slices: [
    { name: "Open tickets", object: "ticket", conditions: [{ field: "status", op: "is", value: "open|New|on-hold" }], words: "Tickets whose status is open or New or on-hold", state: "done", wait: "", accepted_by: "", accepted_why: "", runs: ["R-0004"], there: 9_402 },
    { name: "This year", object: "ticket", conditions: [{ field: "created_at", op: "since", value: "2026-01-01" }], words: "Tickets whose created_at is since 2026-01-01", state: "open", wait: "“Open tickets” was not checked since it was moved.", accepted_by: "", accepted_why: "", runs: [], there: 0 },
    { name: "History", object: "ticket", conditions: [], words: "All tickets", state: "open", wait: "“This year” comes first and was not moved yet.", accepted_by: "", accepted_why: "", runs: [], there: 0 },
  ],
  objects: [{ object: "ticket", title: "Tickets", fields: [{ name: "status", type: "option", values: ["open", "New", "closed", "on-hold"] }, { name: "created_at", type: "datetime", values: [] }, { name: "subject", type: "text", values: [] }] }, { object: "contact", title: "Customers", fields: [{ name: "name", type: "text", values: [] }] }],
});
export const clock = (): ClockView => ({
  since: minutesAgo(420), total: 61, at: minutesAgo(0), objects: [{ name: "Tickets", value: "14" }, { name: "Messages", value: "47" }],
  hours: [3, 9, 4, 0, 12, 21, 12].map((count, i, all) => ({ at: minutesAgo(420 - i * 60), count, total: all.slice(0, i + 1).reduce((n, c) => n + c, 0) })),
});
export const repairs = (code: string): RepairView[] => [
  ...(code === "link.requester" ? [{ id: "use_placeholder", title: "Use the placeholder customer", why: "These records then belong to the customer who stands for whatever names nobody.", asks: "none", options: [], values: [], count: 57, again: true }, { id: "use_record", title: "Use another customer", why: "The one whose number you type.", asks: "text", options: [], values: [], count: 57, again: true }] : []),
  ...(code === "contact.email" ? [{ id: "value_list", title: "Say what each value becomes", why: "The answer is kept in the mapping.", asks: "values", options: [], values: [{ value: "m.krause@blautal", title: "m.krause@blautal", count: 5 }, { value: "see phone", title: "see phone", count: 3 }], count: 8, again: true }] : []),
  { id: "leave_out", title: "Leave them out", why: "They are counted as left out, by your name.", asks: "none", options: [], values: [], count: 12, again: false },
];
const row = (object: string, n: [number, number, number, number, number, number]): DeltaView["objects"][number] => {
  const f = (v: number, change: string): Figure => open(v, { object, change }, `${TITLES[object] ?? ""}: ${change}`);
  return { object, title: TITLES[object] ?? object, new: open(n[0], { object, fate: "pending" }), changed: f(n[1], "changed"), deleted: f(n[2], "deleted"), merged: f(n[3], "merged"), redacted: f(n[4], "redacted"), conflicts: open(n[5], { object, plan: "P-0006", action: "conflict" }), problems: fig(0), settled: fig(0) };
};
export const deltaView = (planned: boolean): DeltaView => ({
  read: minutesAgo(4), moved: true, plan: planned ? "P-0006" : "", started: false, stale: false, conflicts: planned ? 3 : 0, gone: planned ? 2 : 0, conflict_default: "keep", gone_default: "keep",
  objects: [row("contact", [4, 11, 1, 0, 0, 0]), row("ticket", [38, 71, 1, 1, 0, planned ? 3 : 0]), row("message", [212, 3, 0, 0, 2, 0]), row("attachment", [9, 0, 0, 0, 0, 0])],
  conflict_choices: [choice("keep", "Keep what the target has", "Nothing is written. It is listed again only when one of the two changes once more."), choice("take", "Take what the source has", "The fields that changed at the source are written over what people wrote in the target. Their other edits stay."), choice("note", "Add it as a private note", "The target stays as it is. A note that only colleagues see says what the source has now.")],
  gone_choices: [choice("keep", "Keep it in the target", "Nothing is written."), choice("delete", "Delete it in the target too", "It is deleted with what hangs on it, and counted as left out, by your name."), choice("note", "Add a private note", "It stays, and a note that only colleagues see says that it is gone at the source.")],
});
export const conflicts = (): ConflictPage => ({
  after: 0, rows: [
    { seq: 11, object: "ticket", title: "Ticket", id: "10001", name: "VPN drops every 20 minutes", target_id: "1042", missing: false, how: "", into: "", at: "", choice: "keep", choices: ["keep", "take", "note"], chosen_by: "", why: "", fields: [{ field: "status", title: "Status", wrote: "open", source: "solved", target: "pending", changed: true }, { field: "tags", title: "Tags", wrote: "vpn", source: "vpn", target: "vpn, urgent", changed: false }] },
    { seq: 12, object: "ticket", title: "Ticket", id: "10007", name: "Invoice 4711 shows the old address", target_id: "1048", missing: false, how: "", into: "", at: "", choice: "note", choices: ["keep", "take", "note"], chosen_by: "Anna Meyer", why: "", fields: [{ field: "priority", title: "Priority", wrote: "normal", source: "high", target: "low", changed: true }] },
    { seq: 14, object: "ticket", title: "Ticket", id: "10009", name: "Password reset", target_id: "1050", missing: true, how: "", into: "", at: "", choice: "keep", choices: ["keep"], chosen_by: "", why: "", fields: [] },
  ],
});
export const gone = (): ConflictPage => ({
  after: 0, rows: [
    { seq: 21, object: "ticket", title: "Ticket", id: "10021", name: "Request for data export", target_id: "1071", missing: false, how: "deleted", into: "", at: minutesAgo(300), choice: "keep", choices: ["keep", "delete", "note"], chosen_by: "", why: "", fields: [] },
    { seq: 22, object: "ticket", title: "Ticket", id: "10022", name: "Re: Request for data export", target_id: "1072", missing: false, how: "merged", into: "10021", at: minutesAgo(200), choice: "keep", choices: ["keep", "delete", "note"], chosen_by: "", why: "", fields: [] },
  ],
});
