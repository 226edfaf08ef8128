// Hand-written twins of app/api/types_rebuild.go: connecting desks, and the rules to rebuild.
import type { Activity, Choice, Figure, Problem } from "../types";

/** KindView describes a desk for the connect form. */
export interface KindView {
  name: string;
  title: string;
  source: boolean;
  target: boolean;
  /** Practice: Waybill's own pretend desk. Files: export files, which have a page of their own. */
  practice: boolean;
  files: boolean;
  form: FormView[];
  guide: string[];
  before: string[];
  as_source: Ability[];
  as_target: Ability[];
  plain: string[];
  per_minute: number;
}

/** Ability is something that a desk can or cannot do. */
export interface Ability {
  title: string;
  can: boolean;
}

/** FormView is one setting of the connect form. */
export interface FormView {
  name: string;
  title: string;
  help: string;
  placeholder: string;
  required: boolean;
  secret: boolean;
  /** Options to choose from; the first is meant by nothing. */
  options: Choice[];
  /** When is "name=value" or "name=a|b": the field counts only then. */
  when: string;
  address: boolean;
  expert: boolean;
}

/** TidyView is what becomes of an address as it was typed. */
export interface TidyView {
  address: string;
  problem: Problem | null;
}

/** Side of a move. */
export type Side = "source" | "target";

/** SideView says what a side of the move is connected to, as it was last seen. */
export interface SideView {
  side: string;
  connected: boolean;
  kind: string;
  title: string;
  address: string;
  built_in: boolean;
  files: boolean;
  settings: Record<string, string>;
  account: string;
  as: string;
  plan: string;
  zone: string;
  rights: string[];
  missing: string[];
  per_minute: number;
  updates_per_minute: number;
  /** Counted is when, empty when nothing was counted yet. */
  counted: string;
  objects: CountView[];
  requests_low: number;
  requests_high: number;
  low_s: number;
  high_s: number;
  /** What is not in these figures: the desk does not say how much there is. */
  unreckoned: string[];
}

/** CountView is how many records of an object a desk holds; problem when it may not be read. */
export interface CountView {
  object: string;
  title: string;
  count: Figure;
  /** The desk says it only while it is read. */
  unknown: boolean;
  problem: Problem | null;
}

/** RebuildView is everything that is to be built again in the target. */
export interface RebuildView {
  source: string;
  target: string;
  can_read: boolean;
  why: string;
  read_at: string;
  account: string;
  added: number;
  changed: number;
  gone: number;
  missing: string[];
  failed: Problem | null;
  all: number;
  left: number;
  dead: number;
  kinds: RebuildKind[];
  rules: RuleRow[];
}

/** RebuildKind counts the rules of a kind. */
export interface RebuildKind {
  kind: string;
  title: string;
  all: number;
  left: number;
}

/** RuleRow is a rule as the list shows it. State: open, rebuilt, not_needed. Drift: new, changed, gone or empty. */
export interface RuleRow {
  id: number;
  kind: string;
  one: string;
  name: string;
  active: boolean;
  does: string;
  state: string;
  owner: string;
  note: string;
  by: string;
  at: string;
  drift: string;
  stale: boolean;
  left: boolean;
  dead: number;
  /** Uses lately, -1 when the desk does not say. */
  uses: number;
}

/** RuleDetail is a rule in full, with its test. */
export interface RuleDetail {
  row: RuleRow;
  about: string;
  place: number;
  when: string[];
  any_of: string[];
  does: string[];
  text: string;
  placeholders: PlaceholderView[];
  do: string[];
  expect: string[];
  but: string[];
  test: string;
  drifted: string;
  changes: string[];
  history: Activity[];
}

/** PlaceholderView is a placeholder of a text and what becomes of it. */
export interface PlaceholderView {
  text: string;
  means: string;
  becomes: string;
  dead: boolean;
  words: string;
}

/** RuleChange is what a person states about rules; only the named fields count. */
export interface RuleChange {
  fields: ("state" | "owner" | "note")[];
  state: string;
  owner: string;
  note: string;
}

/** RulesImport is what a returned workbook would change. */
export interface RulesImport {
  file: string;
  changes: RuleImported[];
  problems: Problem[];
  token: string;
}

/** RuleImported is one rule that would change. */
export interface RuleImported {
  name: string;
  one: string;
  was: string;
  now: string;
  owner: string;
  note: string;
  conflict: boolean;
}
