import type { Figure, NameValue, Problem } from "./types";

/** SearchView tells of the last search for duplicates among the records of an object. */
export interface SearchView {
  object: string;
  title: string;
  /** Empty when they were never looked for. */
  at: string;
  by: string;
  records: number;
  plus_tags: boolean;
  fields: string[];
  counts: TwinCount[];
  /** Values that too many records share to compare them all. */
  capped: CappedView[];
  left: number;
}

/** ClustersView is what a search for duplicates found among the records of an object: the largest groups of all. */
export interface ClustersView {
  object: string;
  title: string;
  all: number;
  groups: ClusterView[];
}

/** ClusterView is a group of records that are the same one, surely or perhaps; score says in bits how much speaks for it. */
export interface ClusterView {
  id: number;
  band: string;
  state: string;
  name: string;
  records: number;
  score: number;
}

/** TwinCount counts groups of duplicates. Band: sure, ask, different. State: open, merged, apart. */
export interface TwinCount {
  band: string;
  state: string;
  groups: number;
  records: number;
}

/** CappedView is a value that many records share. */
export interface CappedView {
  by: string;
  value: string;
  records: number;
}

/** TwinPage is a part of the list of groups. */
export interface TwinPage {
  groups: TwinView[];
  /** Where the following part begins; 0: there is none. */
  next: number;
}

/** TwinView is a group of duplicates side by side. */
export interface TwinView {
  id: number;
  object: string;
  band: string;
  state: string;
  by: string;
  at: string;
  why: string;
  /** Why the survivor is proposed. */
  reason: string;
  /** Addresses that the survivor keeps besides its own, and where. */
  addresses: string[];
  kept: string;
  members: TwinMember[];
  rows: TwinRow[];
}

/** TwinMember is one record of a group. */
export interface TwinMember {
  seq: number;
  id: string;
  name: string;
  fate: string;
  survivor: boolean;
  /** A person said that this is somebody else. */
  out: boolean;
  /** It is in the target already. */
  there: boolean;
  /** How many records lead to it. */
  links: number;
  evidence: EvidenceView[];
}

/** EvidenceView is one thing that speaks for or against. */
export interface EvidenceView {
  words: string;
  for: boolean;
  /** From 0 to 3. */
  weight: number;
}

/** TwinRow is one field of all members. */
export interface TwinRow {
  field: string;
  title: string;
  values: string[];
  /** The place of the member whose value is kept, and why. */
  pick: number;
  reason: string;
  picked: boolean;
  same: boolean;
}

/** TwinImport is a workbook of duplicates that came back. */
export interface TwinImport {
  file: string;
  token: string;
  merges: number;
  aparts: number;
  problems: Problem[];
}

/** RuleCondition about one field. */
export interface RuleCondition {
  field: string;
  op: string;
  value: string;
}

/** OwnRule is a rule that a person puts together. */
export interface OwnRule {
  object: string;
  does: string;
  where: RuleCondition[];
  field: string;
  how: string;
  settings: Record<string, string>;
}

/** RulePreview is whom a rule would hit. */
export interface RulePreview {
  title: string;
  count: number;
  also: NameValue[];
  examples: RuleExample[];
}

/** RuleExample is one record that a rule would hit. */
export interface RuleExample {
  id: string;
  name: string;
  before: string;
  after: string;
}

/** RuleShape says what rules can be about. */
export interface RuleShape {
  objects: RuleObject[];
  ways: RuleWay[];
}

/** RuleObject is a kind of record with its fields. */
export interface RuleObject {
  object: string;
  title: string;
  fields: NameTitle[];
}

/** NameTitle names a field. */
export interface NameTitle {
  name: string;
  title: string;
  type: string;
}

/** RuleWay is a way to correct values, with its settings. */
export interface RuleWay {
  how: string;
  settings: Record<string, string>;
}

/** LaterView is a decision in force whose rule fits records that came, or changed in the source, after it was decided. */
export interface LaterView {
  decision: number;
  title: string;
  object: string;
  does: string;
  by: string;
  at: string;
  count: Figure;
  also: NameValue[];
  examples: string[];
}
