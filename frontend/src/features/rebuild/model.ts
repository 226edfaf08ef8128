import type { RuleRow } from "../../api/types";

/** STATES of a rule, as Go names them. */
export const STATES = ["open", "rebuilt", "not_needed"] as const;
export type RuleState = (typeof STATES)[number];

/** Chosen is what a person wants to see of the list. */
export interface Chosen {
  kind: string;
  /** Show: all, left (somebody has to do something), a state, dead (placeholders), drift (changed in the source), off. */
  show: string;
  owner: string;
  text: string;
}

export const ALL: Chosen = { kind: "", show: "all", owner: "", text: "" };

function shows(r: RuleRow, show: string): boolean {
  if (show === "gone") return r.drift === "gone";
  if (show === "drift") return r.drift !== "" || r.stale;
  if (r.drift === "gone") return show === "all" && r.state !== "open";
  if (show === "left") return r.left;
  if (show === "dead") return r.dead > 0;
  if (show === "off") return !r.active;
  return show === "all" || r.state === show;
}

/** visible are the rules that fit what is chosen. Gone ones are listed only where they matter. */
export function visible(rules: RuleRow[], c: Chosen): RuleRow[] {
  const wanted = c.text.toLowerCase().split(/\s+/).filter((w) => w !== "");
  return rules.filter((r) => {
    if (c.kind !== "" && r.kind !== c.kind) return false;
    if (c.owner !== "" && r.owner !== c.owner) return false;
    if (!shows(r, c.show)) return false;
    const all = `${r.name} ${r.does} ${r.note}`.toLowerCase();
    return wanted.every((w) => all.includes(w));
  });
}

/** owners who are named in the list, in order. */
export function owners(rules: RuleRow[]): string[] {
  return [...new Set(rules.map((r) => r.owner).filter((o) => o !== ""))].sort((a, b) => a.localeCompare(b));
}
