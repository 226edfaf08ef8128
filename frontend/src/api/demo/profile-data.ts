// The profile of the made-up company.
import type { Fact, FieldFacts, ProfileView, StatedFinding } from "../types";
import { fig, findings, objects, open } from "./data";

const stated = (): StatedFinding[] =>
  findings().map((f, i) => (i === 3 ? { ...f, state: "accepted", by: "Anna Meyer", when: "2026-11-20T09:00:00Z", why: "A shared mailbox" } : { ...f, state: "open", by: "", when: "", why: "" }));

const fact = (name: string, n: number): Fact => ({ name, count: open(n, { object: "ticket" }, name) });

export const profileView = (fresh: boolean): ProfileView => {
  const all = fresh ? [] : objects();
  return {
    at: fresh ? "" : "2026-11-21T08:00:00Z",
    score: {
      points: fresh ? 0 : 72, enough: 80, formula: "100 points, less for each open finding.",
      lines: fresh ? [] : [{ code: "link.broken", object: "ticket", field: "requester_email", what: "57 tickets have no customer", count: 57, rows: 12_537, cost: 4.1 }],
    },
    graph: {
      nodes: all.map((o, i) => ({ object: o.object, rows: o.rows.value, step: i + 1 })),
      edges: all.flatMap((o) => o.broken_links.map((l) => ({ from: o.object, to: l.to, field: l.field, linked: l.linked.value, broken: l.broken.value, later: false }))),
    },
    objects: all.map((o) => ({
      object: o.object, title: o.title, rows: o.rows, ages: o.ages, state: o.object === "ticket" ? "status" : "", owners: o.object === "ticket" ? [{ name: "Lea Sommer", field: "assignee", count: fig(231) }] : [],
      states: o.object === "ticket" ? (o.fields.find((f) => f.name === "status")?.top ?? []) : [],
      fields: o.fields.map((f) => ({ name: f.name, type: f.type, filled: f.filled, empty: f.empty, findings: 0 })),
    })),
    findings: fresh ? [] : stated(),
  };
};

export const fieldFacts = (object: string, field: string): FieldFacts => {
  const o = objects().find((x) => x.object === object);
  const f = o?.fields.find((x) => x.name === field) ?? objects()[0]?.fields[0];
  if (!o || !f) throw new Error("the demo has no such field");
  return {
    object, title: o.title, rows: o.rows.value, field: f, same_as: "", kinds: [fact("text", 11_800), fact("integer", 737)], marks: [fact("padded", 40), fact("mojibake", 3)],
    patterns: [fact("a+", 9_100), fact("AA-9999", 1_400)], patterns_all: false, phones: [fact("DE", 12)], currencies: [fact("€", 31), fact("CHF", 4)], languages: [fact("German", 800), fact("English", 120)], tags: [], tags_used: 0, tags_once: 0,
    numbers: [fact("all", 737), fact("negative", 2), fact("zero", 0)], low: "-3.5", high: "99", places: 1, dates: [fact("all", 12), fact("ambiguous", 4)], orders: [fact("day_first", 8), fact("either", 4)], decided: "day_first",
    repairs: [{ from: "MÃ¼ller", to: "Müller" }], longest_bytes: f.longest + 2, shortest_bytes: f.shortest, findings: stated().filter((x) => x.object === object && x.field === field),
  };
};
