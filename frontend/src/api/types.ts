// Hand-written twins of app/api/types.go and of the few backend types that it carries.
// Times are RFC 3339 text, lists are never null.

import type { DryBrief } from "./types/mapping";

export * from "./types/mapping";
export * from "./types/delta";
export * from "./types/profile";
export * from "./types/rebuild";
export * from "./types/run";

export type ObjectName = string;

/** Person is who acts. */
export interface Person {
  name: string;
  role: string;
}

/** Place says where a problem is. Any part may be missing. */
export interface Place {
  file?: string;
  sheet?: string;
  cell?: string;
  line?: number;
  object?: string;
  record?: string;
  field?: string;
  value?: string;
  column?: number;
}

/** Problem is an error for people, see backend/problem. */
export interface Problem {
  code: string;
  what: string;
  why: string;
  next: string;
  where?: Place;
  detail?: string;
  retry_at?: string;
}

/** FieldType is what a field holds, see backend/model. */
export type FieldType =
  | "text" | "longtext" | "html" | "number" | "integer" | "bool" | "date" | "datetime" | "email" | "phone"
  | "url" | "option" | "options" | "tags" | "link" | "file" | "json";

export interface Choice {
  value: string;
  title?: string;
}

/** Field is the shape of one field of a desk. */
export interface Field {
  name: string;
  title?: string;
  type: FieldType;
  required?: boolean;
  read_only?: boolean;
  unique?: boolean;
  options?: Choice[];
  max_length?: number;
  to?: ObjectName[];
  by?: string;
  format?: string;
  zone?: string;
  separator?: string;
  empty?: string[];
  default?: string;
  help?: string;
  custom?: boolean;
  ordering?: boolean;
  private?: boolean;
  parent?: boolean;
}

export type RuleKind = "copy" | "values" | "fixed" | "join" | "split" | "formula" | "look_up" | "people" | "leave_out";
export type Otherwise = "hold" | "use" | "leave";
export type RuleState = "open" | "proposed" | "reviewed";

/** ValuePair is one line of a value list. An empty "to" leaves the field empty. */
export interface ValuePair {
  from: string;
  to: string;
  count?: number;
  decided?: boolean;
  /** Keep: the value's own word is kept where the rule says. */
  keep?: boolean;
  confidence?: number;
  reason?: string;
}

/** FieldMap is the rule of one target field, see backend/mapping. */
export interface FieldMap {
  target: string;
  rule: RuleKind;
  sources?: string[];
  separator?: string;
  fixed?: string;
  formula?: string;
  split?: SplitRule;
  look_up?: LookupRule;
  check?: FieldCheck;
  keep?: KeepRule;
  values?: ValuePair[];
  if_empty?: Otherwise | "";
  empty_value?: string;
  if_unknown?: Otherwise | "";
  unknown_value?: string;
  meaning?: string;
  owner?: string;
  state?: RuleState | "";
  note?: string;
  confidence?: number;
  reason?: string;
}

/** SplitRule takes a part out of a text: by a separator, by a pattern, or by position. */
export interface SplitRule {
  how: "text" | "pattern" | "position";
  by?: string;
  /** Part counts from 1, -1 is the last one, 0 are all parts. */
  part?: number;
  /** The part with everything behind it; from the end, with everything before it. */
  rest?: boolean;
  from?: number;
  to?: number;
}

/** LookupRule finds a value by a key, in an imported table or in another object of the source. */
export interface LookupRule {
  table?: string;
  object?: string;
  key?: string;
  value: string;
}

/** FieldCheck says what a target field's value must be like. */
export interface FieldCheck {
  pattern?: string;
  one_of?: string[];
  least?: string;
  most?: string;
  min_length?: number;
  max_length?: number;
  says?: string;
}

/** KeepRule writes a value's own word into another target field. */
export interface KeepRule {
  field: string;
  prefix?: string;
}

/** CountedValue is a value and how many records have it (mapping.ValueCount). */
export interface CountedValue {
  value: string;
  count: number;
}

/** Table is one table of an export, see backend/connector/files. */
export interface Table {
  name: string;
  file: string;
  entry: string;
  part: string;
  kind: string;
  compression: string;
  size: number;
  sha256: string;
  bytes: number;
  encoding: string;
  encoding_sure: number;
  delimiter: string;
  quote: string;
  header_row: number;
  columns: Column[];
  rows: number;
  broken: number;
  blank_rows: number;
  broken_examples: Problem[];
  outputs: Output[];
  preview: string[][];
  notes: Note[];
  /** Why nothing of this file can be read. */
  refused?: Problem | null;
}

export interface Note {
  code: string;
  message: string;
}

/** Column is what was found out about a column, from all rows. */
export interface Column {
  name: string;
  type: FieldType;
  format: string;
  zone: string;
  separator: string;
  empty: string[];
  filled: number;
  blank: number;
  nothing: Record<string, number>;
  distinct: number;
  distinct_exact: boolean;
  longest: number;
  samples: string[];
  options: string[];
  date_orders: Record<string, number>;
  sure: number;
  why: string;
}

/** Output says which records a table yields. */
export interface Output {
  object: ObjectName;
  key: string[];
  repeats: string;
  columns: string[];
  as: Record<string, string> | null;
  where: { column: string; values: string[]; not: boolean } | null;
  links: LinkSpec[];
  file_column: string;
  why: string;
}

/** LinkSpec is a pointer from a column to other records. */
export interface LinkSpec {
  column: string;
  to: ObjectName[];
  by: string;
  matched: number;
  orphans: number;
  why: string;
}

/** Filter is a query for records, as data: every number carries the one that opens its records. */
export interface Filter {
  object: string;
  /** Fate: moved, merged, archived, left_out, held, pending; empty: any. */
  fate?: string;
  /** Code of the problem for which records are held. */
  code?: string;
  /** Field with Op: "equals" Value, "filled", "empty", "blank", "broken_link" (points to nothing), "repeated_key". */
  field?: string;
  op?: string;
  value?: string;
  /** Text that occurs anywhere in the record. */
  text?: string;
  /** Further conditions, and the order; without one the records come as they were read. */
  where?: Narrowing[];
  sort?: Sorting[] | undefined;
  /** Check code of the last check: records that failed it. */
  check?: string;
  /** Decision id: records that this decision hit. */
  decision?: number;
  /** Plan id with Action (create, update, skip, hold, conflict, gone), or with Loss and Field: a line of its forecast. */
  plan?: string;
  action?: string;
  loss?: string;
  /** Change: records of the target that are changed, deleted, merged, redacted at the source; settled, problem. */
  change?: string;
  /** Run id: records that this run created. */
  run?: string;
  /** Rule id: records that this rule would hit. */
  rule?: string;
  /** Thread: the messages of this ticket's id. */
  thread?: string;
  /** Words describe the filter to people: "Tickets held back: no customer". */
  words?: string;
}

/** Figure is a number that can be opened. */
export interface Figure {
  value: number;
  /** Exact is false for an estimate, shown as "about". */
  exact: boolean;
  filter: Filter | null;
}

/** StartView is the first screen. */
export interface StartView {
  version: string;
  person: Person;
  recent: RecentProject[];
  /** Project is the open project's name, empty when none is open. */
  project: string;
  /** Folder where new projects are proposed. */
  folder: string;
  /** Vault says in words where secrets are kept. */
  vault: string;
}

/** RecentProject is a line of the start screen. */
export interface RecentProject {
  name: string;
  path: string;
  opened: string;
  missing: boolean;
}

/** NewProject asks for a project. */
export interface NewProject {
  name: string;
  company: string;
  /** Folder in which NAME.waybill is made. */
  folder: string;
}

/** Home is the front page and the frame around every page. */
export interface Home {
  project: ProjectView;
  phases: Phase[];
  next: Step;
  manifest: ManifestRow[];
  /** Balances is true when every row balances; Verdict says so in a sentence. */
  balances: boolean;
  verdict: string;
  needs: Need[];
  /** Job that runs now, if any. */
  job: JobView | null;
  /** Activity: what happened lately, newest first, from the audit trail. */
  activity: Activity[];
}

/** ProjectView says which move this is. */
export interface ProjectView {
  name: string;
  company: string;
  path: string;
  source: string;
  target: string;
  /** Practice: the target is Waybill's own practice desk. */
  practice: boolean;
  sample: boolean;
}

/** Phase of the rail. State: done, current, todo. */
export interface Phase {
  number: number;
  title: string;
  state: string;
  done: number;
  total: number;
  tasks: Task[];
}

/** Task of a phase. State: done, current, todo, attention. */
export interface Task {
  id: string;
  title: string;
  state: string;
  /** Page is the route that does it: source, inventory, clean, mapping, target, plan, run, check, report. */
  page: string;
  note: string;
}

/** Step is the next thing to do, always right. */
export interface Step {
  title: string;
  why: string;
  page: string;
  button: string;
}

/** ManifestRow is the account of one object; each figure opens its records. */
export interface ManifestRow {
  object: string;
  title: string;
  source: Figure;
  moved: Figure;
  merged: Figure;
  archived: Figure;
  left_out: Figure;
  held: Figure;
  pending: Figure;
  target: Figure;
  /** Taken out on request: in none of the other figures. */
  erased: number;
  adds: boolean;
  balances: boolean;
}

/** Need is something that waits for a person. Severity: info, warn, stop. */
export interface Need {
  severity: string;
  title: string;
  detail: string;
  page: string;
  figure: Figure | null;
}

/** Activity is a line of the audit trail. */
export interface Activity {
  at: string;
  person: string;
  what: string;
  detail: string;
  hash: string;
}

/** JobView is complete at any moment; events are only a nudge to ask for it. State: running, paused, done, failed, cancelled, needs-person. */
export interface JobView {
  id: string;
  kind: string;
  title: string;
  state: string;
  stage: string;
  /** Total is 0 when it is not known. */
  done: number;
  total: number;
  failed: number;
  /** Rate per second, smoothed; SecondsLeft is -1 when it is not known. */
  rate: number;
  seconds_left: number;
  /** The range of the seconds left, -1 when not known. */
  left_low: number;
  left_high: number;
  started: string;
  finished: string;
  /** Waiting says in words why nothing moves just now. */
  waiting: string;
  error: Problem | null;
  /** Result names what was made: a plan id, a run id, a file. */
  result: string;
  can_stop: boolean;
  stages: StageView[];
  /** Rates are the last minutes' records per second, oldest first, one per second. */
  rates: number[];
  /** Requests that left for the desk, per second, oldest first. */
  requests: number[];
  /** The desk's limit in force now, 0 when none is known. */
  limit_per_minute: number;
  /** Problems so far in groups, largest first. */
  problems: JobProblem[];
  /** Question is what a person must confirm, when State is needs-person. */
  question: string;
  seq: number;
}

/** JobProblem counts problems of one kind: "312 times the target refused the address". */
export interface JobProblem {
  code: string;
  what: string;
  count: number;
  example: string;
}

/** StageView is the progress of one part of a job, such as one object. */
export interface StageView {
  name: string;
  title: string;
  done: number;
  total: number;
  failed: number;
}

/** ObjectView is an object of the inventory. */
export interface ObjectView {
  object: string;
  title: string;
  rows: Figure;
  repeated_keys: Figure;
  held: Figure;
  broken_links: BrokenLink[];
  fields: FieldView[];
  ages: Bucket[];
  findings: FindingView[];
}

/** BrokenLink counts the records whose link leads nowhere. */
export interface BrokenLink {
  field: string;
  to: string;
  linked: Figure;
  broken: Figure;
}

/** FieldView is the profile of a field. */
export interface FieldView {
  name: string;
  type: string;
  filled: Figure;
  blank: Figure;
  empty: Figure;
  distinct: Figure;
  longest: number;
  shortest: number;
  top: ValueCount[];
  format: string;
  min: string;
  max: string;
}

/** ValueCount is a value with the records that have it. */
export interface ValueCount {
  value: string;
  count: Figure;
}

/** Bucket is a bar of a chart. */
export interface Bucket {
  label: string;
  count: Figure;
}

/** FindingView is what the profile found. Severity: info, warn, stop. */
export interface FindingView {
  code: string;
  object: string;
  field: string;
  severity: string;
  what: string;
  means: string;
  fix: string;
  page: string;
  count: Figure;
  examples: string[];
}

/** RecordRow is a line of a record list. */
export interface RecordRow {
  id: string;
  name: string;
  fate: string;
  why: string;
  place: string;
  /** Cells for the columns of the page. */
  cells: string[];
  /** TargetID once moved. */
  target_id: string;
  /** Where the words stand that were looked for. */
  found: FoundView | null;
}

/** FoundView is where words stand: in a field of the record, or of the one that record names and that belongs to it. */
export interface FoundView {
  record: string;
  field: string;
  parts: FoundPart[];
}

/** FoundPart is a piece of a text; mark says that it was looked for. */
export interface FoundPart {
  text: string;
  mark: boolean;
}

/** WordsView tells how far the index of words is; until it is ready, records are read through. */
export interface WordsView {
  ready: boolean;
  percent: number;
  problem: Problem | null;
}

/** RecordPage is a part of a list; After continues behind it, empty at the end. */
export interface RecordPage {
  columns: string[];
  /** By column: whether the list can be sorted and filtered by it. */
  sortable: boolean[];
  rows: RecordRow[];
  /** Offset of the first row in the list. */
  offset: number;
  total: Figure;
  /** When words are looked for. */
  search: WordsView | null;
}

/** Narrowing is a condition on a field of a list: is, is_not, contains, starts, filled, empty, more, less, year. */
export interface Narrowing {
  field: string;
  op: string;
  value: string;
}

/** Sorting orders a list by a field, or by one of NAME, NUMBER and FATE. */
export interface Sorting {
  field: string;
  desc: boolean;
}

/** RecordView is one record in full. */
export interface RecordView {
  object: string;
  id: string;
  name: string;
  place: string;
  fate: string;
  why: string;
  problems: Problem[];
  fields: NameValue[];
  links: LinkView[];
  raw: string;
  target_id: string;
  mark: string;
  /** Draft is what the target should receive, by the mapping in force. */
  draft: NameValue[];
  /** Thread of a ticket, in order. */
  thread: MessageView[];
  /** History: decisions and runs that touched it. */
  history: Activity[];
}

/** NameValue is a field with its value as text. */
export interface NameValue {
  name: string;
  value: string;
}

/** LinkView is a pointer of a record. */
export interface LinkView {
  role: string;
  object: string;
  id: string;
  name: string;
  found: boolean;
}

/** MessageView is a message of a thread; HTML is sanitised and goes into a sandboxed frame only. */
export interface MessageView {
  id: string;
  author: string;
  author_kind: string;
  at: string;
  private: boolean;
  html: string;
  attachments: NameValue[];
}

/** CleanRule is something that could be decided about many records at once. */
export interface CleanRule {
  /** ID is the rule's stable name: "merge.contact.email", "leave_out.ticket.spam". */
  id: string;
  object: string;
  /** Does: merge, archive, leave_out. */
  does: string;
  title: string;
  why: string;
  count: Figure;
  examples: string[];
  settings: Record<string, string>;
  /** Applied is the decision's number when the rule is in force. */
  applied: number;
}

/** DecisionView is a decision that was taken. */
export interface DecisionView {
  id: number;
  title: string;
  object: string;
  does: string;
  by: string;
  at: string;
  why: string;
  count: Figure;
  /** What hangs on them and went along, such as messages. */
  also: Figure[];
  undone: boolean;
}

/** MappingView is the mapping that is being worked on. */
export interface MappingView {
  /** Version in force; 0 when none was accepted yet. Changed: the working copy differs from it. */
  version: number;
  hash: string;
  changed: boolean;
  /** Changes of the working copy against the version in force, in words. */
  changes: string[];
  objects: ObjectMapView[];
  /** SourceObjects and TargetObjects that exist. */
  source_objects: NameValue[];
  target_objects: NameValue[];
  problems: Problem[];
  /** Left counts what is still to decide. */
  left: number;
  versions: VersionView[];
  approved: string;
  /** Undo and Redo name the step of this sitting that would be taken back or done again. */
  undo: string;
  redo: string;
  /** Dry is the last time that the mapping was tried on every record; null when it never was. */
  dry: DryBrief | null;
}

/** ObjectMapView is the mapping of one object with what the editor needs. */
export interface ObjectMapView {
  /** ID names this map: the source object, and ">" with the target when a condition decides. */
  id: string;
  /** When is the formula under which records go this way; empty: all that no condition took. */
  when: string;
  source: string;
  source_title: string;
  target: string;
  target_title: string;
  /** Why it is not moved. */
  why: string;
  rows: Figure;
  left: number;
  fields: FieldMapView[];
  source_fields: Field[];
  /** Unused source fields: they reach no target field. */
  unused: string[];
}

/** FieldMapView is one row of the mapping table. */
export interface FieldMapView {
  map: FieldMap;
  target: Field;
  /** Words say the rule as a sentence. */
  words: string;
  /** Samples before -> after from real records. */
  samples: BeforeAfter[];
  problems: Problem[];
  /** Records that the last look at all records would hold for this field, and why. */
  held?: Figure | null;
  held_why?: string;
}

/** BeforeAfter is a value before and after a rule; Problem when it could not be changed. */
export interface BeforeAfter {
  record: string;
  before: string;
  after: string;
  problem: Problem | null;
}

/** VersionView is an accepted mapping. */
export interface VersionView {
  number: number;
  hash: string;
  author: string;
  at: string;
  reason: string;
  changes: string[];
  approved: string;
}

/** DeskView says what the target is and what it lacks. */
export interface DeskView {
  connected: boolean;
  kind: string;
  title: string;
  address: string;
  account: string;
  as: string;
  rights: string[];
  missing: string[];
  practice: boolean;
  objects: NameValue[];
  gaps: Gap[];
  error: Problem | null;
}

/** Gap is something the target lacks. CanCreate: Waybill can create it there. */
export interface Gap {
  id: string;
  object: string;
  field: string;
  what: string;
  why: string;
  can_create: boolean;
  /** Count of source records that use it. */
  count: Figure;
}

/** CheckView is the last check. */
export interface CheckView {
  at: string;
  passed: boolean;
  ran: boolean;
  words: string;
  checks: CheckItem[];
  /** Mode: full, sample or quick. */
  mode: string;
  /** Deep says in words how many records had to be looked at field by field. */
  deep: string;
  equal: EqualView[];
  not_possible: NotPossible[];
  /** Breached are open tickets that are overdue now and were not meant to be. */
  breached: string[];
}

/** EqualView counts the values that are equal only after a normalisation. */
export interface EqualView {
  code: string;
  title: string;
  why: string;
  count: number;
  on: boolean;
}

/** NotPossible is a check that could not be made, and why. */
export interface NotPossible {
  object: string;
  title: string;
  why: string;
}

/** CheckPart is one figure of a check. */
export interface CheckPart {
  by: string;
  of: string;
  expected: string;
  found: string;
  same: boolean;
}

/** CheckWaiver says who accepted that a check did not pass, and why. */
export interface CheckWaiver {
  by: string;
  role: string;
  at: string;
  why: string;
}

/** CheckCost says what a check would ask of the target. */
export interface CheckCost {
  requests: number;
  low_s: number;
  high_s: number;
  records: number;
}

/** PilotView is the pilot as it was chosen. */
export interface PilotView {
  chosen: boolean;
  records: number;
  needed: number;
  features: number;
  covered: number;
  percent: number;
  missing: string[];
  groups: PilotGroup[];
  picks: PilotRecord[];
  out: PilotRecord[];
  more: boolean;
}

/** PilotGroup is one kind of hard thing. */
export interface PilotGroup {
  name: string;
  all: number;
  covered: number;
}

/** PilotRecord is a record of the pilot, and why it is one. */
export interface PilotRecord {
  object: string;
  id: string;
  name: string;
  why: string[];
  hand: boolean;
}

/** CheckItem is one check. */
export interface CheckItem {
  code: string;
  object: string;
  title: string;
  why: string;
  looked_at: number;
  failed: Figure;
  /** Threshold is the share that may fail, in percent. */
  threshold: number;
  passed: boolean;
  examples: string[];
  good: number;
  /** Scope says in words how much was looked at. */
  scope: string;
  /** Stop: nobody may go live with this. */
  stop: boolean;
  /** Waives says who may accept it in writing; empty: nobody. */
  waives: string;
  waiver?: CheckWaiver | null;
  /** Parts are the figures that were compared, the ones that differ first. */
  parts: CheckPart[];
}

/** Difference is one finding of a check, record by record. */
export interface Difference {
  /** After is the place behind this one, to go on from. */
  after?: string;
  object: string;
  id: string;
  name: string;
  target_id: string;
  field: string;
  expected: string;
  found: string;
}

/** ReportView is the sign-off page. */
export interface ReportView {
  /** Verdict: balances, waived, fails; Words as a sentence. */
  verdict: string;
  words: string;
  missing: string[];
  approvals: ApprovalView[];
  files: ReportFile[];
  can_sign: boolean;
  /** CannotSign says in words why not. */
  cannot_sign: string;
  audit_hash: string;
  audit_count: number;
  /** Logo of the company as a data address; empty when there is none. */
  logo: string;
}

/** ApprovalView is a signature. Kind: mapping, business, technical, waiver. */
export interface ApprovalView {
  kind: string;
  name: string;
  role: string;
  at: string;
  statement: string;
  /** Drawn by hand, on a field of 1000 by 300; empty: typed only. */
  drawn: string;
}

/** ReportFile is a report that was written. */
export interface ReportFile {
  name: string;
  path: string;
  at: string;
  sha256: string;
}

/** EventTypes names the payloads of events, so that their types are generated. */
export interface EventTypes {
  /** Job is sent as "job"; it is a nudge, the status is always asked for. */
  job: JobView;
  /** Changed is sent as "changed": which part of the project changed. */
  changed: string;
}
