// Hand-written twins of app/api/types_mapping.go: what the studio and its pages ask for.
import type { CountedValue, Person, Problem } from "../types";

/** SureView is what accepting all suggestions above a confidence would settle. */
export interface SureView {
  accepted: SureRow[];
  /** Passed are sure enough, but something else is in the way: why says what. */
  passed: SureRow[];
}

/** SureRow is one suggestion of SureView. */
export interface SureRow {
  object: string;
  object_title: string;
  field: string;
  field_title: string;
  words: string;
  confidence: number;
  reason: string;
  before: string;
  after: string;
  why: string;
}

/** ValueListView is a value list with every different value of its source. */
export interface ValueListView {
  lines: ValueLineView[];
  /** CanCreate: what the target lacks can be made there from here. */
  can_create: boolean;
  /** Opens: the records of a value can be listed; not so for several values in one cell. */
  opens: boolean;
}

/** ValueLineView is one value with what it becomes, or what Waybill would propose. */
export interface ValueLineView {
  from: string;
  to: string;
  count: number;
  decided: boolean;
  keep: boolean;
  confidence: number;
  reason: string;
  /** Exists: to is an option of the target, or needs none. */
  exists: boolean;
  /** Gone: no record has the value any more. */
  gone: boolean;
}

/** DryView is the last time that the mapping was tried on every record. */
export interface DryView {
  ran: boolean;
  /** Stale: the mapping was changed since. */
  stale: boolean;
  last: Validation;
  /** Fields are the titles of the groups' fields, by the number of the group. */
  fields: Record<string, string> | null;
}

/** DryBrief is what the studio says of the last validation. */
export interface DryBrief {
  at: string;
  held: number;
  ready: number;
  stale: boolean;
}

/** Validation is what became of everything that was read when the mapping was tried on it. */
export interface Validation {
  id: number;
  at: string;
  by: Person;
  mapping: string;
  shape: string;
  frozen: boolean;
  ready: number;
  held: number;
  /** Errors: the problems of all held records together. */
  errors: number;
  before?: ValidationCounts;
  objects: ValidatedObject[] | null;
  groups: ValidationGroup[] | null;
  losses: ValidationLoss[] | null;
}

/** ValidationCounts are the figures of an earlier validation. */
export interface ValidationCounts {
  id: number;
  at: string;
  ready: number;
  held: number;
  errors: number;
}

/** ValidatedObject counts the records that go one way. */
export interface ValidatedObject {
  object: string;
  target: string;
  ready: number;
  held: number;
}

/** ValidationGroup is the held records that one repair would free. */
export interface ValidationGroup {
  part: number;
  object: string;
  code: string;
  field: string;
  /** required, option, length, type, link, formula, check, person, look_up, undecided, condition, twice, privacy, rule or other. */
  kind: string;
  count: number;
  before: number;
  problem?: Problem | null;
  values: CountedValue[] | null;
  examples: string[] | null;
}

/** ValidationLoss is something that the target would not keep, although it takes the record. */
export interface ValidationLoss {
  code: string;
  object: string;
  field: string;
  count: number;
  what: string;
  examples: string[] | null;
}

/** PeopleMap is everybody that records point to, and who stands for them. */
export interface PeopleMap {
  lines: PeopleLine[];
  targets: TargetPerson[];
  open: number;
  open_records: number;
  may_more: number;
  /** Used: the rules of the mapping ask the people map. */
  used: boolean;
}

/** PersonPair is one line of the people map. How: moves, target, leave, or nothing yet. */
export interface PersonPair {
  object: string;
  from: string;
  name?: string;
  email?: string;
  inactive?: boolean;
  how?: string;
  to?: string;
  to_name?: string;
  stands?: boolean;
  count?: number;
  confidence?: number;
  reason?: string;
  decided?: boolean;
}

/** PeopleLine is one line of the people map, with what is known on both sides. */
export interface PeopleLine extends PersonPair {
  title: string;
  role: string;
  to_role: string;
  may_more: boolean;
  missing: boolean;
  gone: boolean;
}

/** TargetPerson is somebody, or a group, that is in the target. */
export interface TargetPerson {
  object: string;
  id: string;
  name: string;
  email: string;
  active: boolean;
  role: string;
}

/** ShapeView is the target's configuration for which the mapping is made. */
export interface ShapeView {
  frozen: boolean;
  at: string;
  by: string;
  why: string;
  account: string;
  hash: string;
  objects: ShapeObject[];
}

/** ShapeObject counts what the target's configuration says of one object. */
export interface ShapeObject {
  object: string;
  title: string;
  fields: number;
  required: number;
  lists: number;
}

/** TargetDrift says what changed in the target since it was frozen. */
export interface TargetDrift {
  hash: string;
  same: boolean;
  breaks: string[];
  others: string[];
}

/** LookupTable is a table that was imported for rules to look into. */
export interface LookupTable {
  id: number;
  name: string;
  at: string;
  by: Person;
  file: string;
  columns: string[];
  rows: number;
}

/** RouteCount is how many records of an object go one way. */
export interface RouteCount {
  target: string;
  when: string;
  count: number;
  unclear?: boolean;
}

/** Lineage says where the values of one record of the target come from. */
export interface Lineage {
  target: string;
  target_id: string;
  /** Run that sent it last; 0: none yet. */
  run: number;
  run_kind: string;
  sent_at: string;
  version: number;
  mapped_by: Person;
  mapped_at: string;
  mapped_why: string;
  changed: boolean;
  fields: FieldLineage[];
}

/** FieldLineage says where the value of one target field comes from. */
export interface FieldLineage {
  field: string;
  title: string;
  rule: string;
  owner: string;
  sources: SourceLineage[];
  value: string;
  empty: boolean;
  checked: boolean;
  checked_at: string;
  found: string;
  as_meant: boolean;
  problem?: Problem | null;
}

/** SourceLineage is one value of the source and what was corrected about it. */
export interface SourceLineage {
  field: string;
  title: string;
  raw: string;
  value: string;
  corrections: LineageCorrection[];
}

/** LineageCorrection applied to a value. */
export interface LineageCorrection {
  title: string;
  why: string;
  by: Person;
  at: string;
}
