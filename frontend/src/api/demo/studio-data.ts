import type { CountedValue, DryView, Lineage, PeopleMap, ShapeView, TargetDrift } from "../types";

type Later = <T>(value: T, ms?: number) => Promise<T>;

const anna = { name: "Anna Meyer", role: "Migration lead" };
const problem = (code: string, what: string, why: string, next: string) => ({ code, what, why, next });
const values = (list: [string, number][]): CountedValue[] => list.map(([value, count]) => ({ value, count }));

const dry = (): DryView => ({
  ran: true, stale: false, fields: { "1": "Priority", "2": "Customer", "3": "Subject" },
  last: {
    id: 4, at: "2026-11-21T21:40:00Z", by: anna, mapping: "b41c09aa21", shape: "77ee01c3ab", frozen: true, ready: 57_876, held: 412, errors: 431, before: { id: 3, at: "2026-11-21T20:10:00Z", ready: 55_120, held: 3_168, errors: 3_190 },
    objects: [{ object: "contact", target: "contact", ready: 1_127, held: 0 }, { object: "ticket", target: "ticket", ready: 12_125, held: 412 }, { object: "message", target: "message", ready: 44_624, held: 0 }],
    groups: [
      { part: 1, object: "ticket", code: "transform.unknown_value", field: "priority", kind: "option", count: 331, before: 2_811, problem: problem("transform.unknown_value", "“Priority” has a value that the target does not know.", "The target would refuse the tickets.", "Put the values into the value list."), values: values([["2 - Medium", 210], ["?", 80], ["P3", 41]]), examples: ["10004", "10011", "10019"] },
      { part: 2, object: "ticket", code: "load.link_broken", field: "requester", kind: "link", count: 57, before: 57, problem: problem("load.link_broken", "The customer is not in the source.", "The target refuses a ticket without a customer.", "Say which customer stands for such tickets."), values: values([["gone.person@old.example", 57]]), examples: ["10031"] },
      { part: 3, object: "ticket", code: "transform.too_long", field: "subject", kind: "length", count: 24, before: 0, problem: problem("transform.too_long", "“Subject” may have 150 characters, and the value has more.", "The target would refuse the tickets.", "Cut it with LEFT, or hold them for a person."), values: [], examples: ["11871"] },
    ],
    losses: [{ code: "digits_cut", object: "ticket", field: "effort", count: 12, what: "The target keeps two digits after the point.", examples: ["10001"] }],
  },
});

const people = (): PeopleMap => ({
  open: 2, open_records: 2_310, may_more: 1, used: true,
  targets: [{ object: "agent", id: "901", name: "Jonas Weber", email: "jonas.weber@acme.example", active: true, role: "Agent" }, { object: "agent", id: "902", name: "Aïcha Diallo", email: "a.diallo@acme.example", active: true, role: "Admin" }, { object: "agent", id: "990", name: "Former agent", email: "former@acme.example", active: true, role: "Agent" }, { object: "group", id: "g1", name: "First line", email: "", active: true, role: "" }],
  lines: [
    { object: "agent", from: "4", title: "Jonas Weber", name: "Jonas Weber", email: "jonas.weber@acme.example", how: "target", to: "901", to_name: "Jonas Weber", count: 2_120, decided: true, role: "agent", to_role: "Agent", may_more: false, missing: false, gone: false },
    { object: "agent", from: "7", title: "Aïcha Diallo", name: "Aïcha Diallo", email: "aicha.diallo@acme.example", how: "target", to: "902", to_name: "Aïcha Diallo", count: 1_904, decided: false, confidence: 84, reason: "The names are alike, the addresses are not.", role: "agent", to_role: "Admin", may_more: true, missing: false, gone: false },
    { object: "agent", from: "11", title: "Petra Lang", name: "Petra Lang", email: "petra.lang@acme.example", inactive: true, how: "target", to: "990", to_name: "Former agent", stands: true, count: 1_411, decided: true, role: "agent", to_role: "Agent", may_more: false, missing: false, gone: false },
    { object: "agent", from: "gone.agent@old.example", title: "gone.agent@old.example", count: 406, decided: false, role: "", to_role: "", may_more: false, missing: true, gone: false },
    { object: "group", from: "1", title: "First line", name: "First line", how: "target", to: "g1", to_name: "First line", count: 8_120, decided: true, role: "", to_role: "", may_more: false, missing: false, gone: false },
  ],
});

const shape = (): ShapeView => ({
  frozen: true, at: "2026-11-21T18:00:00Z", by: "Anna Meyer", why: "Final build, agreed with support", account: "Acme practice", hash: "77ee01c3ab55120f9a0c5d1f8e44a390b41c09aa21f07d",
  objects: [{ object: "contact", title: "Customers", fields: 14, required: 2, lists: 1 }, { object: "ticket", title: "Tickets", fields: 22, required: 4, lists: 5 }],
});
const drift = (): TargetDrift => ({ hash: "91", same: false, breaks: ["Tickets, Priority: the option “urgent” is gone."], others: ["Tickets: there is a new field “Region”."] });

/** lineageDemo is where the values of one ticket come from. */
export const lineageDemo = (): Lineage => ({
  target: "ticket", target_id: "77003", run: 4, run_kind: "full", sent_at: "2026-11-21T10:40:00Z", version: 3, mapped_by: anna, mapped_at: "2026-11-21T09:12:00Z", mapped_why: "Priorities agreed with support leads", changed: false,
  fields: [
    { field: "subject", title: "Subject", rule: "The same as [subject].", owner: "", sources: [{ field: "subject", title: "Subject", raw: "VPN drops every 20 minutes", value: "VPN drops every 20 minutes", corrections: [] }], value: "VPN drops every 20 minutes", empty: false, checked: true, checked_at: "2026-11-21T11:00:00Z", found: "VPN drops every 20 minutes", as_meant: true },
    { field: "status", title: "Status", rule: "From the value list of [status].", owner: "Jonas Weber", sources: [{ field: "status", title: "Status", raw: "on-hold ", value: "on-hold", corrections: [{ title: "Blanks at the ends are cut", why: "As proposed", by: anna, at: "2026-11-21T08:00:00Z" }] }], value: "pending", empty: false, checked: true, checked_at: "2026-11-21T11:00:00Z", found: "pending", as_meant: true },
    { field: "satisfaction", title: "Satisfaction", rule: "Left out.", owner: "", sources: [], value: "", empty: true, checked: false, checked_at: "", found: "", as_meant: false },
  ],
});

/** studioDemo answers what the pages of the mapping ask for. */
export function studioDemo(later: Later, job: (kind: string, title: string) => string): Record<string, (...args: unknown[]) => Promise<unknown>> {
  const map = people();
  return {
    Validate: () => later(job("validate", "Trying the mapping on every record")), Validation: () => later(dry()),
    People: () => later(structuredClone(map)), ReadTargetPeople: () => later(job("people", "Asking the target who is there")), ProposePeople: () => later(null), StandIn: () => later(1), UsePeople: () => later(2),
    DecidePeople: (pairs) => { for (const p of pairs as { from: string }[]) Object.assign(map.lines.find((l) => l.from === p.from) ?? {}, p); return later(null); },
    Shape: () => later(shape()), Freeze: () => later(null), Drift: () => later(drift()),
    Tables: () => later([{ id: 1, name: "Regions", at: "2026-11-21T18:00:00Z", by: anna, file: "regions.csv", columns: ["Code", "Region"], rows: 48 }]), ImportTable: () => later(""), RemoveTable: () => later(null),
    Misses: () => later(values([["ZZ", 14], ["", 3]])), SetRoute: () => later(null), Routes: () => later([{ target: "ticket", when: "", count: 12_537 }]),
  };
}
