// A backend that lives in the page, for development only: "npm run dev", then /?demo,
// ?demo=start (no project), wide (a mapping of 200 fields), fresh (nothing read), done (balances), busy (a run is going on), canary, loud, stopped
// (a run waits), delta (planned).
import { returned } from "./returned-data";
import type { Backend } from "../call";
import type { FieldMap, Filter, Home, JobView, MessageView, RecordRow, RecordView, RuleChange, Side, SliceForm, Table } from "../types";
import { emitLocal } from "../wails";
import * as d from "./data";
import * as proof from "./proof-data";
import * as spot from "./spots-data";
import { fieldFacts, profileView } from "./profile-data";
import { cleanDemo } from "./clean-data";
import { keepDemo } from "./keep-data";
import * as b from "./rebuild-data";
import * as r from "./run-data";
import { lineageDemo, studioDemo } from "./studio-data";

type Method = (...args: unknown[]) => Promise<unknown>;

const later = <T>(value: T, ms = 60): Promise<T> => new Promise((resolve) => setTimeout(() => resolve(value), ms));
const answer = (f: () => unknown): Method => () => later(structuredClone(f()));
const refuse = (code: string, what: string, why: string, next: string): Promise<never> => Promise.reject(new Error(JSON.stringify({ code, what, why, next, where: {}, detail: "" })));

const FATES = ["moved", "moved", "moved", "moved", "merged", "moved", "archived", "moved", "held", "moved", "left_out", "moved", "pending"];
const SUBJECTS = ["VPN drops every 20 minutes", "Invoice 4711 shows the old address", "لا أستطيع تسجيل الدخول", "Re: Re: Fwd: printer 🖨 offline again", "Request for data export, GDPR article 15", "Password reset", "Anfrage: Rückerstattung für Bestellung 88-1204", "Cannot log in since this morning, whole team affected, please call me back as soon as you can"];

/** foundHere pretends to have found words in a ticket, or in one of its messages. */
function foundHere(text: string, i: number): RecordRow["found"] {
  const parts = [{ text: i % 3 === 0 ? "…hello, I asked for a " : "About the ", mark: false }, { text: text.replaceAll('"', ""), mark: true }, { text: " of last week, which has not come yet", mark: false }];
  return { record: i % 3 === 0 ? `message ${80_001 + i}` : "", field: i % 3 === 0 ? "body" : "subject", parts };
}

function row(f: Filter, i: number): RecordRow {
  const fate = f.fate ?? FATES[i % FATES.length] ?? "moved";
  const why = { held: "There is no such customer.", merged: "Lives on in 10002.", archived: "Older than 10 years.", left_out: "Looks like spam." }[fate] ?? "";
  return {
    id: String(10_001 + i), name: SUBJECTS[i % SUBJECTS.length] ?? "", fate, why, place: `tickets.csv, line ${i + 2}`, target_id: fate === "moved" ? String(77_000 + i) : "",
    cells: [["closed", "open", "on-hold", "Resovled"][i % 4] ?? "", ["High", "Low", "2 - Medium", "?"][i % 4] ?? "", `0${(i % 9) + 1}.04.2016 09:${10 + (i % 50)}`],
    found: f.text ? foundHere(f.text, i) : null,
  };
}

const message = (id: string, author: string, kind: string, at: string, html: string, isPrivate = false, attachments: MessageView["attachments"] = []): MessageView => ({ id, author, author_kind: kind, at, private: isPrivate, html, attachments });

function record(object: string, id: string): RecordView {
  const i = Number(id) - 10_001 || 0;
  const r = row({ object }, Math.max(0, i));
  return {
    object, id, name: r.name, place: r.place, fate: r.fate, why: r.why, target_id: r.target_id, mark: `wb:acme:${object}:${id}`, raw: JSON.stringify({ id, subject: r.name, status: "on-hold", priority: "2 - Medium", created_at: "03.04.2016 09:12", requester_email: "lena.fischer@blautal.example", assignee_id: "4", tags: "vpn, network", legacy_flag: "" }),
    problems: r.fate === "held" ? [{ code: "link.requester", what: "This ticket has no customer.", why: "gone.person@old.example belongs to nobody in the export, and the target refuses a ticket without a customer.", next: "Say in the mapping which customer stands for such tickets.", where: { field: "requester_email", value: "gone.person@old.example" } }] : [],
    fields: [["id", id], ["subject", r.name], ["status", "on-hold"], ["priority", "2 - Medium"], ["created_at", "03.04.2016 09:12"], ["requester_email", "lena.fischer@blautal.example"], ["assignee_id", "4"], ["tags", "vpn, network"], ["legacy_flag", ""], ["old_queue", ""]].map(([name = "", value = ""]) => ({ name, value })),
    links: [{ role: "requester_email", object: "contact", id: "lena.fischer@blautal.example", name: "Lena Fischer", found: r.fate !== "held" }, { role: "assignee_id", object: "agent", id: "4", name: "Jonas Weber", found: true }],
    draft: [["Subject", r.name], ["Status", "pending"], ["Priority", "normal"], ["Customer", "Lena Fischer"], ["Assignee", "Jonas Weber"], ["Created", "2016-04-03 07:12 UTC"], ["Tags", "vpn, network"]].map(([name = "", value = ""]) => ({ name, value })),
    thread: object === "ticket" ? [
      message("m1", "Lena Fischer", "customer", "2016-04-03T07:12:00Z", "<p>Hello,</p><p>since Monday my VPN connection drops <b>every 20 minutes</b>. I have restarted the laptop and the router.</p><p>Best regards<br>Lena Fischer<br>Blautal GmbH</p>", false, [{ name: "log.txt", value: "12 kB" }, { name: "screenshot.png", value: "204 kB" }]),
      message("m2", "Jonas Weber", "agent", "2016-04-03T08:01:00Z", "<p>Certificate of the gateway runs out on Friday. Ask network before answering.</p>", true),
      message("m3", "Jonas Weber", "agent", "2016-04-03T09:40:00Z", "<p>Hi Lena,</p><p>please install the new profile from <a href=\"https://example.org\">the portal</a> and tell me whether it holds.</p><ul><li>Windows: version 4.2</li><li>Mac: version 4.1</li></ul><p>Jonas</p>"),
      message("m4", "Lena Fischer", "customer", "2016-04-04T06:30:00Z", "<p>It holds, thank you!</p>"),
    ] : [],
    history: [{ at: "2026-11-21T10:40:00Z", person: "Anna Meyer", what: "Created in the target", detail: "run R-0004, number 77003", hash: "1" }],
  };
}

class Jobs {
  private jobs = new Map<string, JobView & { speed: number; onEnd: (() => void) | undefined }>();
  private n = 0;

  constructor() {
    setInterval(() => this.tick(), 500);
  }

  start(kind: string, title: string, stages: [string, string, number][], seconds: number, result = "", onEnd?: () => void): string {
    const id = `J-${++this.n}`;
    const total = stages.reduce((n, s) => n + s[2], 0);
    this.jobs.set(id, {
      id, kind, title, state: "running", stage: stages[0]?.[1] ?? "", done: 0, total, failed: 0, rate: 0, seconds_left: -1, left_low: -1, left_high: -1, requests: [], limit_per_minute: kind === "run" || kind === "retry" ? 700 : 0, problems: [], question: "", started: new Date().toISOString(), finished: "", waiting: "", error: null, result, can_stop: true,
      stages: stages.map(([name, t, n]) => ({ name, title: t, done: 0, total: n, failed: 0 })), rates: [], seq: 1, speed: total / (seconds * 2), onEnd,
    });
    return id;
  }

  private tick(): void {
    for (const j of this.jobs.values()) {
      if (j.state !== "running") continue;
      const slow = j.rates.length % 40 > 30;
      const step = Math.min(j.total - j.done, Math.round(j.speed * (slow ? 0.15 : 0.8 + Math.random() * 0.5)));
      j.done += step;
      j.waiting = slow ? "The target allows 700 calls a minute; Waybill waits 4 seconds." : "";
      j.rate = step * 2;
      j.rates = [...j.rates, step * 2].slice(-300);
      j.seconds_left = Math.round((j.total - j.done) / Math.max(1, j.speed * 2));
      j.left_low = Math.round(j.seconds_left * 0.8);
      j.left_high = Math.round(j.seconds_left * 1.4);
      if (j.kind === "run" && j.total > 1_000) {
        j.requests = [...j.requests, slow ? 2 : 11 + (j.seq % 2)].slice(-300);
        j.failed = Math.floor(j.done / 320);
        j.problems = j.failed === 0 ? [] : [{ code: "transform.email", what: "“E-mail” is an e-mail address, but the value is not one.", count: Math.ceil(j.failed * 0.7), example: "customer 31, E-mail, “see phone”" }, { code: "load.link_broken", what: "Its customer is not in the source.", count: Math.floor(j.failed * 0.3), example: "ticket 10204" }].filter((p) => p.count > 0);
      }
      let rest = j.done;
      for (const s of j.stages) {
        s.done = Math.min(s.total, rest);
        rest -= s.done;
        if (s.done < s.total) {
          j.stage = s.title;
          break;
        }
      }
      if (j.done >= j.total) {
        j.state = "done";
        j.finished = new Date().toISOString();
        j.onEnd?.();
      }
      j.seq++;
      emitLocal("job", j);
    }
  }

  view(id: string): JobView {
    const j = this.jobs.get(id);
    if (!j) throw new Error(`no job ${id}`);
    return structuredClone({ ...j, speed: 0, onEnd: undefined });
  }

  current(): JobView | null {
    const j = [...this.jobs.values()].find((x) => x.state === "running" || x.state === "paused");
    return j ? this.view(j.id) : null;
  }

  set(id: string, state: string): void {
    const j = this.jobs.get(id);
    if (j) Object.assign(j, { state, waiting: "", seq: j.seq + 1, finished: state === "cancelled" ? new Date().toISOString() : "" });
  }

  ahead(id: string, share: number): void {
    const j = this.jobs.get(id);
    if (!j) return;
    j.done = Math.round(j.total * share);
    j.requests = Array.from({ length: 100 }, (_, i) => (i % 40 > 33 ? 3 : 11 + (i % 2)));
    j.rates = Array.from({ length: 100 }, (_, i) => Math.max(0, 92 + 18 * Math.sin(i / 7) - (i % 40 > 33 ? 85 : 0) + (i % 5)));
  }
}

/** demoBackend answers everything that the window asks, from memory. */
export function demoBackend(): Backend {
  const mode = new URLSearchParams(window.location.search).get("demo") ?? "";
  const fresh = mode === "fresh";
  const done = mode === "done";
  const jobs = new Jobs();
  let project = mode !== "start";
  let person = { name: "Anna Meyer", role: "Migration lead" };
  let tables: Table[] = fresh ? [] : d.tables();
  const view = mode === "wide" ? d.wideView() : d.mappingView();
  const desk = fresh ? { ...d.desk(), connected: false, gaps: [] } : d.desk();
  if (done) desk.gaps = [];
  const rules = d.rules();
  let decisions = d.decisions(), cameLater = fresh ? [] : d.cameLater();
  const RUN: [string, string, number][] = [["organization", "Companies", 147], ["contact", "Customers", 1_127], ["ticket", "Tickets", 12_204], ["message", "Messages", 41_876], ["attachment", "Attachments", 3_183]];
  const startRun = (title = "Full run into Practice desk") => jobs.start("run", title, RUN, 240, "R-0005");
  if (mode === "busy") jobs.ahead(startRun(), 0.41);

  const home = (): Home => ({
    project: { name: "Acme moves to Front", company: "Acme Ltd", path: "/home/anna/Documents/Acme moves to Front.waybill", source: fresh ? "" : "Export files", target: fresh ? "" : "Practice desk", practice: !fresh, sample: false },
    phases: fresh ? d.phases().map((p, i) => ({ ...p, state: i === 0 ? "current" : "todo", done: 0, tasks: p.tasks.map((t, j) => ({ ...t, note: "", state: i === 0 && j === 0 ? "current" : "todo" })) })) : d.phases(),
    next: fresh ? { title: "Give the export of the old help desk", why: "Everything starts from what it really holds.", page: "source", button: "Choose files" } : done ? { title: "Sign off and write the report", why: "The manifest balances and every check passed.", page: "report", button: "Go to the report" } : { title: "Say which customer stands for 57 tickets", why: "They have none, and the target refuses a ticket without a customer (about 2 min).", page: "mapping/ticket?field=requester", button: "Decide" },
    manifest: fresh ? [] : done ? d.doneRows() : d.manifestRows(), balances: done,
    verdict: fresh ? "Nothing is read yet." : done ? "All 59,306 records are accounted for, and the target agrees." : "Every record is accounted for; 218 of 59,306 are held back and wait for a repair.",
    needs: fresh || done ? [] : [
      { severity: "stop", title: "Tickets without a customer", detail: "The target refuses a ticket without a customer.", page: "mapping/ticket?field=requester", figure: d.open(57, { object: "ticket", fate: "held", code: "link.requester" }, "Tickets held back: no customer") },
      { severity: "warn", title: "Dates that fit two orders of day and month", detail: "Say once for the file which is meant.", page: "source/tickets.csv", figure: d.open(2_020, { object: "ticket", field: "created_at", op: "ambiguous" }) },
      { severity: "warn", title: "One check did not pass", detail: "The time of 9 messages differs by an hour.", page: "check", figure: null },
      { severity: "info", title: "Decisions would make the move smaller", detail: "Old tickets, spam and test customers.", page: "clean", figure: d.fig(3) },
    ],
    job: jobs.current(), activity: fresh ? d.activity().slice(-1) : d.activity(),
  });

  const App: Record<string, Method> = {
    Start: answer(() => ({ version: "0.1.0", person, project: project ? "Acme moves to Front" : "", folder: "/home/anna/Documents", vault: "Keys are kept in this computer's own key store.", recent: [
      { name: "Acme moves to Front", path: "/home/anna/Documents/Acme moves to Front.waybill", opened: new Date().toISOString(), missing: false },
      { name: "Sample: Blautal GmbH", path: "/home/anna/Documents/Sample.waybill", opened: "2026-11-18T09:20:00Z", missing: false },
      { name: "Harbour test", path: "/media/usb/Harbour test.waybill", opened: "2026-10-02T15:01:00Z", missing: true },
    ] })),
    Home: answer(home),
    NewProject: () => { project = true; return later(null); },
    OpenProject: () => { project = true; return later(null); },
    OpenSample: () => { project = true; return later(null, 600); },
    CloseProject: () => { project = false; return later(null); },
    ChooseProject: answer(() => "/home/anna/Documents/Acme moves to Front.waybill"),
    ChooseFolder: answer(() => "/home/anna/Moves"),
    SetPerson: (name, role) => { person = { name: String(name), role: String(role) }; return later(null); },
    OpenPath: answer(() => null),
  };
  const Source: Record<string, Method> = {
    PickFiles: answer(() => ["/home/anna/export"]),
    Inspect: () => later(jobs.start("inspect", "Looking through the files", [["a", "tickets.csv", 8_412], ["b", "messages.ndjson", 96_884]], 4, "", () => { tables = d.tables(); })),
    Tables: answer(() => tables),
    SetTable: (t) => { const next = t as Table; tables = tables.map((x) => (x.name === next.name ? next : x)); return later(jobs.start("reinspect", `Reading ${next.name} again`, [["a", next.name, next.rows]], 2)); },
    AddPlaceholder: () => later(null),
    RemoveTable: (name) => { tables = tables.filter((t) => t.name !== name); return later(null); },
    Propose: () => later(jobs.start("propose", "Working out the links", [["a", "Links", 60_000]], 3)),
    Problems: answer(() => []),
    Read: () => later(jobs.start("read", "Reading everything into the project", [["a", "tickets.csv", 12_537], ["b", "messages.ndjson", 42_152]], 8)),
  };
  const Records: Record<string, Method> = {
    Objects: answer(() => (fresh ? [] : d.objects())),
    Findings: answer(() => d.findings()),
    Overview: answer(() => profileView(fresh)), FieldFacts: (object, field) => later(fieldFacts(String(object), String(field))),
    SayOfFinding: answer(() => null), WriteProfile: (kind) => later(`/home/anna/Documents/Profile of Acme.${String(kind)}`),
    Profile: () => later(jobs.start("profile", "Measuring every field", [["a", "Tickets", 12_537]], 3)),
    List: (f, columns, offset, limit) => {
      const filter = f as Filter;
      const from = Number(offset);
      const all = d.objects().find((o) => o.object === filter.object)?.rows.value ?? 0;
      const size = filter.fate === "held" ? 57 : filter.text || filter.where ? 231 : all;
      const to = Math.max(from, Math.min(size, from + Number(limit)));
      const shown = (columns as string[]).length > 0 ? (columns as string[]) : ["status", "priority", "created_at"];
      return later({ columns: shown, sortable: shown.map(() => true), rows: Array.from({ length: to - from }, (_, i) => row(filter, from + i)), offset: from, total: d.fig(size), search: filter.text ? { ready: true, percent: 0, problem: null } : null }, 90);
    },
    Find: answer(() => -1), Searchable: answer(() => ({ ready: true, percent: 0, problem: null })),
    Lineage: answer(lineageDemo),
    Get: (object, id) => later(record(String(object), String(id)), 90),
  };
  const Clean: Record<string, Method> = {
    ...cleanDemo(later, (title) => jobs.start("duplicates", title, [["contact", "Customers", 1_127]], 3)),
    Rules: answer(() => rules),
    Decisions: answer(() => decisions),
    Later: answer(() => cameLater),
    IncludeLater: (id) => { cameLater = cameLater.filter((l) => l.decision !== id); return later(decisions[0]); },
    Apply: (id, _settings, why) => {
      const rule = rules.find((r) => r.id === id);
      const next = 20 + decisions.length;
      if (rule) { rule.applied = next; decisions = [{ id: next, title: rule.title, object: rule.object, does: rule.does, by: person.name, at: new Date().toISOString(), why: String(why), count: rule.count, also: [], undone: false }, ...decisions]; }
      return later(decisions[0]);
    },
    Undo: (id) => { for (const r of rules) if (r.applied === id) r.applied = 0; decisions = decisions.map((x) => (x.id === id ? { ...x, undone: true } : x)); return later(null); },
  };
  const fieldOf = (object: unknown, map: FieldMap) => view.objects.find((o) => o.source === object)?.fields.find((f) => f.target.name === map.target);
  const Mapping: Record<string, Method> = {
    ...studioDemo(later, (kind, title) => jobs.start(kind, title, [["ticket", "Tickets", 12_537]], 3)),
    Get: answer(() => (fresh ? { ...view, objects: [], versions: [], version: 0, changed: false } : view)),
    Suggest: answer(() => null),
    SetField: (object, m) => { const map = m as FieldMap; const f = fieldOf(object, map); if (f) { f.map = map; f.problems = []; } view.changed = true; return later(f); },
    SetObject: (object, target) => { const o = view.objects.find((x) => x.source === object); if (o) o.target = String(target); return later(null); },
    Preview: (object, m) => { const map = m as FieldMap; const f = fieldOf(object, map); return later(f ? { ...structuredClone(f), map, problems: map.rule === "formula" && !(map.formula ?? "").endsWith(")") ? [{ code: "formula.syntax", what: "The formula ends too early, at character 12.", why: "A bracket is open.", next: "Close it with “)”." }] : [] } : undefined); },
    ValueCounts: answer(() => d.COUNTS.map(([value, n]) => ({ value, count: n }))),
    Undo: answer(() => "Tickets, Assignee"), Redo: answer(() => ""),
    Sure: (_object, percent) => later({ accepted: view.objects.flatMap((o) => o.fields.filter((f) => f.map.state === "proposed" && (f.map.confidence ?? 0) >= Number(percent)).map((f) => ({ object: o.source, object_title: o.source_title, field: f.map.target, field_title: f.target.title ?? "", words: f.words, confidence: f.map.confidence ?? 0, reason: f.map.reason ?? "", before: f.samples[0]?.before ?? "", after: f.samples[0]?.after ?? "", why: "" }))), passed: [] }),
    AcceptSure: (rows) => { for (const r of rows as { object: string; field: string }[]) { const f = fieldOf(r.object, { target: r.field, rule: "copy" }); if (f) f.map.state = "reviewed"; } return later((rows as unknown[]).length); },
    Values: (_object, m) => { const map = m as FieldMap; const many = mode === "wide" ? Array.from({ length: 5_000 }, (_, i) => [`Product line ${i + 1}`, 9_000 - i] as [string, number]) : d.COUNTS; return later({ lines: many.map(([from, n]) => { const v = (map.values ?? []).find((x) => x.from === from); return { from, to: v?.to ?? (from === "geschlossen" ? "closed" : ""), count: n, decided: v?.decided ?? false, keep: false, confidence: from === "geschlossen" ? 92 : 0, reason: from === "geschlossen" ? "It is the same meaning." : "", exists: true, gone: false }; }), can_create: true, opens: true }); },
    CreateOption: answer(() => null),
    Accept: (reason) => { view.changed = false; view.version++; return later({ ...view.versions[0], number: view.version, reason }); },
    Discard: () => { view.changed = false; return later(null); },
    Versions: answer(() => view.versions),
    Restore: answer(() => view.versions[0]), Approve: answer(() => null),
    Diff: answer(() => ["Tickets, Priority: “2 - Medium” becomes “normal” (was: held back)", "Tickets, Channel: always “import” (was: left out)", "Customers, Phone: left out (was: copied)"]),
    ExportWorkbook: answer(() => "/home/anna/Documents/Acme mapping v3.xlsx"),
    ...returned(() => view.versions),
  };
  const Target: Record<string, Method> = {
    Desk: answer(() => desk), Gaps: answer(() => desk.gaps), StartPractice: () => { desk.connected = true; return later(null, 400); },
    CreateGap: (id) => { desk.gaps = desk.gaps.filter((g) => g.id !== id); return later(null); },
    CreateAllGaps: () => { desk.gaps = desk.gaps.filter((g) => !g.can_create); return later(null, 500); },
  };
  const Keep = keepDemo(later, (kind, title) => jobs.start(kind, title, [["a", "Records", 131_204]], 3));
  const sides = { source: fresh ? b.noSide("source") : b.zendeskSide(), target: b.noSide("target") };
  const Desks: Record<string, Method> = {
    Kinds: answer(b.kinds), Side: (side) => later(sides[side as Side]),
    Tidy: (_kind, text) => later({ address: `https://${String(text).trim().replace(/^https?:\/\//, "").split("/")[0] ?? ""}`, problem: null }),
    Connect: () => refuse("desk.unreachable", "The address does not answer.", "Either it is written wrongly, or the desk is not running.", "Look at the address in your browser and try again."),
    Survey: () => later(jobs.start("survey", "Counting what the source holds", [["a", "Tickets", 8]], 4)),
  };
  const toRebuild = b.rebuildView();
  const Rebuild: Record<string, Method> = {
    View: answer(() => toRebuild), Get: (id) => later(b.ruleDetail(Number(id))), Read: () => later(jobs.start("rules", "Reading the rules of the source", [["a", "Rules", 600]], 3)),
    State: (ids, change) => { const c = change as RuleChange; for (const x of toRebuild.rules) if ((ids as number[]).includes(x.id)) Object.assign(x, c.fields.includes("state") ? { state: c.state, stale: false, left: c.state === "open" } : {}, c.fields.includes("owner") ? { owner: c.owner } : {}); return later(null); },
    Export: answer(() => "/home/anna/Documents/Rules of Acme.xlsx"), Apply: answer(() => 1),
    Import: answer(() => ({ file: "/home/anna/Downloads/Rules of Acme (back).xlsx", changes: [{ name: "Gold customers", one: "SLA policy", was: "To rebuild", now: "Rebuilt", owner: "Bea Borg", note: "", conflict: true }], problems: [], token: "t" })),
  };
  let agreed = r.thresholds();
  let parts = r.slices();
  let share = "";
  let deltaPlanned = false;
  const planNow = r.plan();
  const looked = r.preflight();
  const waits = mode === "canary" || mode === "loud" ? [r.waitingRun()] : mode === "stopped" ? [r.stoppedRun()] : [];
  const held = fresh || done ? [] : r.heldGroups();
  const Runs: Record<string, Method> = {
    Plan: (scope) => { deltaPlanned = scope === "delta"; planNow.scope = String(scope); return later(jobs.start("plan", "Working out the plan", [["a", "Tickets", 58_000]], 3, "P-0005", () => { planNow.stale = ""; })); },
    PlanSlice: (name) => { planNow.scope = "slice"; planNow.part = String(name); return later(jobs.start("plan", `Planning “${String(name)}”`, [["a", "Tickets", 9_000]], 2, "P-0005")); },
    PlanView: () => (fresh ? refuse("plan.none", "There is no plan yet.", "", "Make one.") : later(structuredClone(planNow))),
    Choose: (code, object, field, choice) => { const l = planNow.losses.find((x) => x.code === code && x.object === object && x.field === field); if (l) Object.assign(l, { choice, chosen_by: person.name, chosen_at: new Date().toISOString() }); planNow.stale = "Something was decided or changed since this plan was made. Make a new one."; return later(null); },
    Preflight: answer(() => looked),
    Accept: (code, why) => { const f = looked.find((x) => x.code === code); if (f) Object.assign(f, { accepted: why !== "", accepted_by: person.name, accepted_at: new Date().toISOString(), accepted_why: String(why) }); const s = parts.slices.find((x) => `slice/${x.name}` === code); if (s) Object.assign(s, { accepted_by: why === "" ? "" : person.name, accepted_why: String(why) }); return later(null); },
    Thresholds: answer(() => agreed), SetThresholds: (t) => { agreed = t as typeof agreed; return later(null); },
    Share: answer(() => share), SetShare: (text) => { share = String(text); return later(share); },
    SetWindow: (h) => { planNow.window_hours = Number(h); planNow.fits = Number(h) === 0 ? "" : Number(h) * 3600 >= planNow.high_s ? "yes" : Number(h) * 3600 >= planNow.low_s ? "perhaps" : "no"; return later(null); },
    Slices: answer(() => (fresh ? { ...parts, slices: [] } : parts)),
    SetSlices: (list) => { const old = parts.slices; parts = { ...parts, slices: (list as SliceForm[]).map((f) => ({ ...(old.find((o) => o.name === f.name) ?? { words: "", state: "open", wait: "", accepted_by: "", accepted_why: "", runs: [], there: 0 }), ...f })) }; return later(null); },
    Start: () => later(jobs.start("run", "Moving records to Practice desk", [["contact", "Customers", 3]], 2, "R-0005", () => { waits.push(r.waitingRun()); })),
    Canary: answer(() => r.canary(mode !== "loud")), Confirm: () => { waits.length = 0; return later(startRun("Moving the rest")); }, Beyond: () => { waits.length = 0; return later(startRun("Going on with R-0005")); },
    Resume: () => later(startRun("Going on with run R-0003")), Retry: () => later(jobs.start("retry", "Trying the held records again", [["ticket", "Tickets", 57], ["message", "Messages", 141]], 6)),
    List: answer(() => (fresh ? [] : [...waits, ...r.runList()])), Held: answer(() => held), Repairs: (_object, code) => later(r.repairs(String(code))),
    Fix: (_object, code) => later(jobs.start("retry", "Putting held records right", [["ticket", "Tickets", 57]], 3, "", () => { const i = held.findIndex((g) => g.code === code); if (i >= 0) held.splice(i, 1); })),
    ExportHeld: answer(() => "/home/anna/Documents/Held records.xlsx"), ImportHeld: answer(() => ({ file: "/home/anna/Downloads/Held records (back).xlsx", answers: [{ group: "Tickets without a customer", repair: "Use the placeholder customer", value: "" }], problems: [], token: "t" })), ApplyHeld: () => later(jobs.start("retry", "Putting held records right", [["ticket", "Tickets", 57]], 3)),
    RollbackPreview: answer(r.rollbackRows), Rollback: () => { waits.length = 0; return later(jobs.start("rollback", "Taking R-0004 back", RUN, 20)); },
    SlicePreview: answer(r.rollbackRows), RollbackSlice: () => later(jobs.start("rollback", "Taking “Open tickets” back", RUN, 10)), Clock: () => later(r.clock(), 700),
  };
  const conflictRows = r.conflicts();
  const goneRows = r.gone();
  const Delta: Record<string, Method> = {
    Read: () => later(jobs.start("read", "Reading what changed", [["ticket", "Tickets", 110], ["message", "Messages", 217]], 3)),
    View: answer(() => ({ ...r.deltaView(deltaPlanned || mode === "delta"), ...(fresh ? { moved: false, read: "", objects: [] } : {}) })),
    Conflicts: answer(() => conflictRows), Gone: answer(() => goneRows), SetDefault: answer(() => null),
    Choose: (_plan, kind, seqs, choice) => { const all = kind === "gone" ? goneRows : conflictRows; for (const x of all.rows) if (((seqs as number[]).length === 0 || (seqs as number[]).includes(x.seq)) && x.choices.includes(String(choice))) Object.assign(x, { choice, chosen_by: person.name }); return later(1); },
  };
  const Checks: Record<string, Method> = {
    Run: () => later(jobs.start("check", "Reading the target back", RUN, 12)),
    RunAs: () => later(jobs.start("check", "Reading the target back", RUN, 12)),
    Cost: answer(() => ({ requests: 612, low_s: 92, high_s: 115, records: 58_788 })),
    SetNormal: answer(() => null),
    Waive: answer(() => null),
    Unwaive: answer(() => null),
    Pilot: answer(d.pilotView),
    ChoosePilot: () => later(jobs.start("pilot", "Choosing the pilot", RUN, 12)),
    PilotHand: answer(() => null),
    Last: answer(() => (fresh ? { at: "", passed: false, ran: false, words: "", checks: [], mode: "", deep: "", equal: [], not_possible: [], breached: [] } : done ? { ...d.checkView(), passed: true, words: "58,788 records were read back, all checks passed.", checks: d.checkView().checks.map((c) => ({ ...c, passed: true, failed: d.fig(0) })) } : d.checkView())),
    Differences: (code) => later(code === "times" || code === "fields" ? d.differences() : []),
  };
  const Reports: Record<string, Method> = {
    OldNumbers: answer(() => "/home/anna/Documents/Old numbers.html"),
    View: answer(() => d.report(done)), Sign: answer(() => null), Write: answer(() => d.report(done).files[0]), Open: answer(() => null),
    Verify: answer(proof.verified), ChooseLogo: answer(() => null), RemoveLogo: answer(() => null),
  };
  const Spots: Record<string, Method> = { View: answer(spot.view), Choose: answer(() => 12), Pair: (seq) => later(spot.pair(Number(seq))), Judge: (seq, verdict, note) => later(spot.judge(Number(seq), String(verdict), String(note), person)) };
  const Trail: Record<string, Method> = { View: answer(proof.trail), Lines: (person, kind, text, before) => later(proof.lines(String(person), String(kind), String(text), Number(before))), Export: answer(() => "/home/anna/Acme.waybill/reports/Audit trail of Acme.jsonl") };
  const JobsService: Record<string, Method> = {
    Status: (id) => later(jobs.view(String(id)), 20), Current: answer(() => jobs.current()),
    Pause: (id) => { jobs.set(String(id), "paused"); return later(null); }, Resume: (id) => { jobs.set(String(id), "running"); return later(null); }, Cancel: (id) => { jobs.set(String(id), "cancelled"); return later(null); },
  };
  return { App, Keep, Source, Records, Clean, Mapping, Target, Desks, Rebuild, Runs, Delta, Checks, Reports, Trail, Spots, Jobs: JobsService };
}
