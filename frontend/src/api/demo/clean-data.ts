import type { DecisionView } from "../types";
import type { ClustersView, RuleShape, SearchView, TwinMember, TwinView } from "../types-clean";

type Method = (...args: unknown[]) => Promise<unknown>;

const member = (seq: number, id: string, name: string, links: number, more: Partial<TwinMember> = {}): TwinMember => ({ seq, id, name, fate: "pending", survivor: false, out: false, there: false, links, evidence: [], ...more });

const twin = (): TwinView[] => [
  {
    id: 1, object: "contact", band: "sure", state: "open", by: "", at: "", why: "", reason: "It says the most: 6 values of at most 6 in this group.", addresses: ["lena@fischer.example"], kept: "Kept in “Other handles”.",
    members: [
      member(1, "1042", "Lena Fischer", 31, { survivor: true }),
      member(2, "2210", "FISCHER Lena", 4, { evidence: [{ words: "Same email, which nobody else has", for: true, weight: 3 }, { words: "Same name, which 4 records have", for: true, weight: 2 }] }),
      member(3, "3981", "L. Fischer", 1, { evidence: [{ words: "Same phone, which nobody else has", for: true, weight: 3 }, { words: "Nearly the same name", for: true, weight: 1 }, { words: "Other email", for: false, weight: 0 }] }),
    ],
    rows: [
      { field: "name", title: "Name", values: ["Lena Fischer", "FISCHER Lena", "L. Fischer"], pick: 0, reason: "The survivor's own.", picked: false, same: false },
      { field: "email", title: "E-mail", values: ["lena.fischer@blautal.example", "Lena.Fischer@blautal.example", "lena@fischer.example"], pick: 0, reason: "The survivor's own.", picked: false, same: false },
      { field: "phone", title: "Phone", values: ["", "+49 731 550199", "0731 550199"], pick: 1, reason: "The survivor has none; the first of the others.", picked: false, same: false },
      { field: "language", title: "Language", values: ["de", "de", ""], pick: 0, reason: "All say the same.", picked: false, same: true },
    ],
  },
  {
    id: 2, object: "contact", band: "ask", state: "open", by: "", at: "", why: "", reason: "It says the most: 4 values of at most 4 in this group.", addresses: [], kept: "",
    members: [member(4, "118", "Jonas Weber", 3, { survivor: true }), member(5, "4471", "Jonas Webber", 1, { evidence: [{ words: "Nearly the same name", for: true, weight: 2 }, { words: "Same city, which 212 records have", for: true, weight: 1 }] })],
    rows: [{ field: "name", title: "Name", values: ["Jonas Weber", "Jonas Webber"], pick: 0, reason: "The survivor's own.", picked: false, same: false }, { field: "city", title: "City", values: ["Ulm", "Ulm"], pick: 0, reason: "All say the same.", picked: false, same: true }],
  },
  {
    id: 3, object: "contact", band: "different", state: "open", by: "", at: "", why: "", reason: "It says the most: 3 values of at most 3 in this group.", addresses: [], kept: "",
    members: [member(6, "77", "Maria Silva", 2, { survivor: true }), member(7, "78", "Otto Quittenbaum", 9, { evidence: [{ words: "Same email, which nobody else has", for: true, weight: 3 }, { words: "Other name", for: false, weight: 2 }] })],
    rows: [{ field: "name", title: "Name", values: ["Maria Silva", "Otto Quittenbaum"], pick: 0, reason: "The survivor's own.", picked: false, same: false }, { field: "email", title: "E-mail", values: ["casa@home.example", "casa@home.example"], pick: 0, reason: "All say the same.", picked: false, same: true }],
  },
];

const shape: RuleShape = {
  objects: [
    { object: "contact", title: "Customers", fields: [{ name: "name", title: "Name", type: "text" }, { name: "email", title: "E-mail", type: "email" }, { name: "phone", title: "Phone", type: "phone" }] },
    { object: "ticket", title: "Tickets", fields: [{ name: "subject", title: "Subject", type: "text" }, { name: "status", title: "Status", type: "option" }, { name: "created_at", title: "Created", type: "datetime" }, { name: "tags", title: "Tags", type: "tags" }, { name: "assignee", title: "Assignee", type: "link" }] },
  ],
  ways: [{ how: "trim", settings: {} }, { how: "case", settings: { to: "title" } }, { how: "mojibake", settings: {} }, { how: "phone", settings: { country: "", format: "e164" } }, { how: "email", settings: {} }, { how: "date", settings: { format: "" } }, { how: "tags", settings: { blank: "_", values: "{}" } }, { how: "replace", settings: { values: "{}" } }],
};

/** clusters pretends to have found many more groups than can be reviewed here. */
function clusters(groups: TwinView[]): ClustersView[] {
  const of = (n: number, from: number, object: string) =>
    Array.from({ length: n }, (_, i) => {
      const band = ["sure", "sure", "ask", "ask", "different"][i % 5] ?? "ask";
      return { id: from + i, band, state: i % 7 === 3 ? "merged" : i % 11 === 5 ? "apart" : "open", name: object === "contact" ? `Person ${from + i}` : `Company ${from + i}`, records: 2 + (i % 13 === 0 ? 9 : i % 5 === 0 ? 3 : 0), score: (band === "sure" ? 24 : band === "ask" ? 11 : 3) + ((i * 37) % 17) / 2 };
    });
  const own = groups.map((g, i) => ({ id: g.id, band: g.band, state: g.state, name: g.members[0]?.name ?? "", records: g.members.length, score: [31, 13, 4][i] ?? 10 }));
  return [
    { object: "contact", title: "Customers", all: 1204, groups: [...own, ...of(147, 100, "contact")] },
    { object: "organization", title: "Companies", all: 24, groups: of(24, 500, "organization") },
  ];
}

/** cleanDemo answers about duplicates and rules of one's own. */
export function cleanDemo(later: <T>(value: T, ms?: number) => Promise<T>, start: (title: string) => string): Record<string, Method> {
  let groups = twin();
  let corrections: DecisionView[] = [];
  const searches = (): SearchView[] => [
    {
      object: "contact", title: "Customers", at: "2026-11-21T09:12:00Z", by: "Anna Meyer", records: 1127, plus_tags: false, fields: ["name", "email", "phone", "city"], left: 1, capped: [{ by: "email", value: "info@blautal.example", records: 214 }],
      counts: ["sure", "ask", "different"].flatMap((band) => ["open", "merged", "apart"].map((state) => { const of = groups.filter((g) => g.band === band && g.state === state); return { band, state, groups: of.length, records: of.reduce((n, g) => n + g.members.length, 0) }; })),
    },
    { object: "organization", title: "Companies", at: "", by: "", records: 0, plus_tags: false, fields: [], counts: [], capped: [], left: 0 },
  ];
  const change = (id: unknown, f: (g: TwinView) => TwinView): Promise<null> => {
    groups = groups.map((g) => (g.id === id ? f(g) : g));
    return later(null);
  };
  const said = (state: string) => (g: TwinView): TwinView => ({ ...g, state, by: "Anna Meyer", at: new Date().toISOString() });
  return {
    Searches: () => later(searches()),
    Seek: () => later(start("Looking for duplicates")),
    Twins: (object, band, state) => later({ groups: groups.filter((g) => g.object === object && (band === "" || g.band === band) && (state === "" || g.state === state)), next: 0 }),
    Clusters: () => later(clusters(groups)), Twin: (id) => later(groups.find((g) => g.id === id)),
    ChooseTwin: (id, survivor, field, from) => change(id, (g) => ({
      ...g,
      members: survivor === 0 ? g.members : g.members.map((m) => ({ ...m, survivor: m.seq === survivor })),
      rows: g.rows.map((r) => (r.field === field ? { ...r, pick: g.members.findIndex((m) => m.seq === from), picked: true, reason: "Chosen by a person." } : r)),
    })),
    ExcludeTwin: (id, seq, out) => change(id, (g) => ({ ...g, members: g.members.map((m) => (m.seq === seq ? { ...m, out: out === true } : m)) })),
    MergeTwins: (id) => change(id, said("merged")),
    MergeSure: () => { groups = groups.map((g) => (g.band === "sure" && g.state === "open" ? said("merged")(g) : g)); return later(2); },
    KeepApart: (id) => change(id, said("apart")),
    ReopenTwins: (id) => change(id, (g) => ({ ...g, state: "open" })),
    ExportTwins: () => later("/home/anna/Duplicates.xlsx"),
    ImportTwins: () => later({ file: "", token: "", merges: 0, aparts: 0, problems: [] }),
    ApplyTwins: () => later(null),
    Shape: () => later(shape),
    Try: () => later({ title: "Trim blanks in “Name” of customers", count: 41, also: [], examples: [{ id: "1042", name: "", before: " Lena  Fischer", after: "Lena Fischer" }, { id: "118", name: "", before: "Jonas Weber ", after: "Jonas Weber" }] }),
    Make: () => { corrections = [...corrections, { id: 70 + corrections.length, title: "Trim blanks in “Name” of customers", object: "contact", does: "correct", by: "Anna Meyer", at: new Date().toISOString(), why: "Agreed", count: { value: 41, exact: true, filter: null }, also: [], undone: false }]; return later(null); },
    Corrections: () => later(corrections),
    Order: (ids) => { corrections = (ids as number[]).map((id) => corrections.find((c) => c.id === id)).filter((c) => c !== undefined); return later(null); },
  };
}
