// Rules and desks for the demo and the tests of their pages.
import type { KindView, RebuildView, RuleDetail, RuleRow, SideView } from "../types";

const yes = (...titles: string[]) => titles.map((title) => ({ title, can: true }));

export const kinds = (): KindView[] => [
  { name: "files", title: "Export files", source: true, target: false, practice: false, files: true, form: [], guide: [], before: [], as_source: yes("Attachments come along"), as_target: [], plain: [], per_minute: 0 },
  {
    name: "zendesk", title: "Zendesk", source: true, target: true, practice: false, files: false, per_minute: 700, plain: ["Closed tickets cannot be changed."],
    guide: ["Sign in to Zendesk as an administrator.", "Open Admin Center, Apps and integrations, APIs, Zendesk API.", "Switch on token access, add a token, and copy it at once: it is shown only one time."], before: [],
    as_source: [...yes("Attachments come along", "What changed later can be read by itself"), { title: "Its counts are exact", can: false }], as_target: yes("Original times are kept", "Messages keep their author", "Nobody gets a mail while records arrive"),
    form: [
      { name: "address", title: "Address", help: "As it stands in the browser.", placeholder: "acme.zendesk.com", required: true, secret: false, options: [], when: "", address: true, expert: false },
      { name: "auth", title: "Sign in with", help: "", placeholder: "", required: false, secret: false, options: [{ value: "token", title: "An API token" }, { value: "oauth", title: "An OAuth token" }], when: "", address: false, expert: false },
      { name: "email", title: "E-mail address of an administrator", help: "", placeholder: "", required: true, secret: false, options: [], when: "auth=token", address: false, expert: false },
      { name: "token", title: "API token", help: "", placeholder: "", required: true, secret: true, options: [], when: "auth=token", address: false, expert: false },
      { name: "oauth", title: "OAuth token", help: "", placeholder: "", required: true, secret: true, options: [], when: "auth=oauth", address: false, expert: false },
      { name: "page", title: "Records a request", help: "", placeholder: "100", required: false, secret: false, options: [], when: "", address: false, expert: true },
    ],
  },
  {
    name: "practice", title: "Practice desk", source: true, target: true, practice: true, files: false, per_minute: 0, plain: [], guide: ["Start a practice desk in a terminal."], before: [], as_source: yes("Its counts are exact"), as_target: yes("Original times are kept"),
    form: [{ name: "token", title: "Token", help: "", placeholder: "", required: true, secret: true, options: [], when: "", address: false, expert: false }],
  },
];

export const noSide = (side: string): SideView => ({
  side, connected: false, kind: "", title: "", address: "", built_in: false, files: false, settings: {}, account: "", as: "", plan: "", zone: "", rights: [], missing: [],
  per_minute: 0, updates_per_minute: 0, counted: "", objects: [], requests_low: 0, requests_high: 0, low_s: 0, high_s: 0, unreckoned: [],
});

export const zendeskSide = (): SideView => ({
  ...noSide("source"), connected: true, kind: "zendesk", title: "Zendesk", address: "https://acme.zendesk.com", settings: { address: "https://acme.zendesk.com", auth: "token", email: "anna@acme.example" },
  account: "acme.zendesk.com", as: "Anna Meyer (administrator)", plan: "Suite Professional", zone: "Europe/Berlin", per_minute: 400, updates_per_minute: 100,
  rights: ["read all tickets", "read the help center"], missing: ["see webhooks: they will not be in the list of rules"], counted: "2026-11-21T10:40:00Z",
  requests_low: 712_000, requests_high: 760_000, low_s: 106_800, high_s: 142_000, unreckoned: ["Files"],
  objects: [
    { object: "ticket", title: "Tickets", count: { value: 700_412, exact: false, filter: null }, unknown: false, problem: null },
    { object: "contact", title: "Customers", count: { value: 81_004, exact: true, filter: null }, unknown: false, problem: null },
    { object: "attachment", title: "Files", count: { value: 0, exact: false, filter: null }, unknown: true, problem: null },
    { object: "time_entry", title: "Time entries", count: { value: 0, exact: false, filter: null }, unknown: false, problem: { code: "desk.forbidden", what: "Time entries cannot be read with this access.", why: "The plan does not have them.", next: "Ask an administrator.", where: { object: "time_entry" } } },
  ],
});

const row = (id: number, kind: string, one: string, name: string, part: Partial<RuleRow> = {}): RuleRow => ({
  id, kind, one, name, active: true, does: "", state: "open", owner: "", note: "", by: "", at: "", drift: "", stale: false, left: true, dead: 0, uses: -1, ...part,
});

export const rebuildView = (): RebuildView => ({
  source: "Zendesk", target: "Front", can_read: true, why: "", read_at: "2026-11-21T10:00:00Z", account: "acme.zendesk.com", added: 0, changed: 1, gone: 1, missing: ["Webhooks: only administrators see them."], failed: null,
  all: 5, left: 3, dead: 2,
  kinds: [{ kind: "trigger", title: "Triggers", all: 2, left: 2 }, { kind: "sla", title: "SLA policies", all: 1, left: 0 }, { kind: "macro", title: "Macros", all: 2, left: 1 }],
  rules: [
    row(1, "trigger", "Trigger", "Urgent goes to the second line", { does: "Set group to Second line; Send a mail to the group", uses: 412 }),
    row(2, "trigger", "Trigger", "Tell the owner of a reply", { does: "Send a mail to the assignee", state: "rebuilt", owner: "Bea Borg", by: "Bea Borg", at: "2026-11-20T09:00:00Z", stale: true, drift: "changed" }),
    row(3, "trigger", "Trigger", "Old Christmas notice", { does: "Send a mail to the requester", drift: "gone", left: false }),
    row(4, "sla", "SLA policy", "Gold customers", { does: "First reply within 1 hour", state: "not_needed", note: "The new contract has no times", owner: "Anna Meyer", left: false, by: "Anna Meyer", at: "2026-11-20T09:00:00Z" }),
    row(5, "macro", "Macro", "Thanks and goodbye", { does: "Hello {{ticket.requester.first_name}}, thank you", dead: 2, uses: 4_120 }),
    row(6, "macro", "Macro", "Ask for the log file", { does: "Please send us the log", state: "rebuilt", left: false, active: false }),
  ],
});

export const ruleDetail = (id: number): RuleDetail => {
  const r = rebuildView().rules.find((x) => x.id === id) ?? row(id, "trigger", "Trigger", "A rule");
  const macro = r.kind === "macro";
  return {
    row: r, about: "", place: macro ? 0 : 3, when: macro ? [] : ["Priority is Urgent", "Ticket is created"], any_of: macro ? [] : ["Channel is Mail", "Channel is Web form"], does: macro ? ["Set status to Solved"] : r.does.split("; "),
    text: macro ? "Hello {{ticket.requester.first_name}},\n\nthank you. {{dc.footer}}" : "",
    placeholders: macro
      ? [
          { text: "{{ticket.requester.first_name}}", means: "the customer's first name", becomes: "{{recipient.first_name}}", dead: false, words: "Write {{recipient.first_name}}." },
          { text: "{{dc.footer}}", means: "", becomes: "", dead: true, words: "Nobody but the old desk knows what it stands for." },
        ]
      : [],
    do: ["Create a test ticket, or change one, so that:", "Priority is Urgent"], expect: r.does.split("; "), but: ["The same, except that this is not so: Priority is Urgent. Then nothing happens."], test: "- Create a test ticket",
    drifted: r.stale ? "It changed in the old desk after somebody stated its state: look at it again." : "", changes: r.stale ? ["It does now: Send a mail to the assignee"] : [],
    history: r.by === "" ? [] : [{ at: r.at, person: r.by, what: "Stated a rule to rebuild", detail: `${r.name}: ${r.state}`, hash: "h1" }],
  };
};
