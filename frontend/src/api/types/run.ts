// Hand-written twins of app/api/types_run.go: plan, first records, run, slices, rollback.
import type { Figure, NameValue, Problem } from "../types";

/** PlanView says what a run will do, before it does anything. */
export interface PlanView {
  id: string;
  /** Scope: full, delta, retry, slice; Part names the slice. */
  scope: string;
  part: string;
  made: string;
  mapping: number;
  target: string;
  objects: PlanRow[];
  losses: LossView[];
  requests: number;
  low_s: number;
  high_s: number;
  /** WindowHours is how long the cut-over may take, 0 when nobody said; Fits: yes, perhaps, no, or empty without a window. */
  window_hours: number;
  fits: string;
  /** Mails that customers would get: always 0, or the run needs an acknowledgement. */
  quiet: boolean;
  /** Confirm is the sentence on the button: "Create 12,480 tickets in Practice desk"; Number is what has to be typed: all records that are created, changed or deleted. */
  confirm: string;
  number: number;
  /** Stale says in words why the plan can't be used any more, empty when it can. */
  stale: string;
  /** Used: it was carried out. Run is the run of it that waits for a person, if any. */
  used: boolean;
  run: string;
  groups: HeldGroup[];
}

/** PlanRow is the plan of one object. */
export interface PlanRow {
  object: string;
  title: string;
  create: Figure;
  /** Match counts records that are looked up in the target, where none can be created. */
  match: Figure;
  update: Figure;
  /** Merge counts records that live on in another one, as was decided. */
  merge: Figure;
  /** Skip counts records that are kept in the archive only, as was chosen. */
  skip: Figure;
  hold: Figure;
  /** Unchanged in the target although the source's record changed. */
  unchanged: Figure;
  /** Conflict counts records that people edited in the target meanwhile, Gone those that were deleted or merged at the source; Delete those of them that will be deleted. */
  conflict: Figure;
  gone: Figure;
  delete: Figure;
}

/** LossView is a line of the loss forecast: what the target will not have as the source has it, with the records and a choice. */
export interface LossView {
  code: string;
  object: string;
  field: string;
  /** Count opens the records; What goes on behind it: "messages: Text is longer than …". */
  count: Figure;
  what: string;
  /** Choice in force; no choices: it can only be known. */
  choice: string;
  choices: ChoiceView[];
  /** ChosenBy and ChosenAt are empty while nobody chose. */
  chosen_by: string;
  chosen_at: string;
  examples: string[];
}

/** ChoiceView is something that can be chosen, and what it means. */
export interface ChoiceView {
  value: string;
  title: string;
  means: string;
}

/** PreflightView is one thing that was looked at before a run. State: ok, warn, stop. */
export interface PreflightView {
  code: string;
  state: string;
  what: string;
  why: string;
  next: string;
  /** Details are single lines, such as the names of triggers. */
  details: string[];
  can_accept: boolean;
  accepted: boolean;
  /** Who took it upon themselves, when, and why. */
  accepted_by: string;
  accepted_at: string;
  accepted_why: string;
}

/** Thresholds stop a run by themselves. */
export interface Thresholds {
  /** HeldPercent of the records sent that the target may refuse, once AtLeast were sent; 0: none is set. */
  held_percent: number;
  at_least: number;
  /** InARow refusals stop the run at once; 0: none is set. */
  in_a_row: number;
  /** Decides names who says how it goes on; empty: the migration lead. */
  decides: string;
  /** CheckedFirst: the next slice starts only after the last one was checked and passed. */
  checked_first: boolean;
}

/** SlicesView is how the source is moved in parts. */
export interface SlicesView {
  slices: SliceView[];
  /** Objects that slices can be about, with their fields. */
  objects: SliceObject[];
}

/** SliceView is one part and how far it is. State: open, canary, running, paused, done, stopped, failed, cancelled, interrupted, rolled_back. */
export interface SliceView {
  name: string;
  object: string;
  conditions: Condition[];
  /** Words say the conditions: "Tickets whose Status is open". */
  words: string;
  state: string;
  /** Wait says why its run may not start yet; AcceptedBy who let it start all the same. */
  wait: string;
  accepted_by: string;
  accepted_why: string;
  /** Runs of it, newest first; There counts what they created and is in the target. */
  runs: string[];
  there: number;
}

/** SliceForm states a slice. */
export interface SliceForm {
  name: string;
  object: string;
  conditions: Condition[];
}

/** Condition about one field. Op: is, is_not, since, before, contains, filled, empty, formula. */
export interface Condition {
  field: string;
  op: string;
  value: string;
}

/** SliceObject is an object that a slice can be about. */
export interface SliceObject {
  object: string;
  title: string;
  fields: SliceField[];
}

/** SliceField is a field of the source, with the values that occur most. */
export interface SliceField {
  name: string;
  type: string;
  values: string[];
}

/** CanaryView is the first record of each kind, as it was meant and as the target gave it back. Nothing else is sent before a person has looked. */
export interface CanaryView {
  run: string;
  target: string;
  records: CanaryRecord[];
  /** Good: every record came back as it was meant, and nobody got a message. */
  good: boolean;
  /** Known: the desk says how many messages it sent to customers; Sent since the run began. */
  known: boolean;
  sent: number;
  /** Proof names the record that proves it: "ticket 1042"; At is when it was read back. */
  proof: string;
  at: string;
  /** Rest is how many records the run still has to create. */
  rest: number;
}

/** CanaryRecord is one of them. */
export interface CanaryRecord {
  object: string;
  /** Title of what it is, such as Ticket. */
  title: string;
  id: string;
  name: string;
  target_id: string;
  ok: boolean;
  error: string;
  fields: CanaryField[];
  links: CanaryField[];
}

/** CanaryField is one value of it. */
export interface CanaryField {
  field: string;
  title: string;
  meant: string;
  found: string;
  same: boolean;
}

/** RunView is a run in the history. State: running, paused, done, cancelled, failed, interrupted, rolled_back, canary (its first records wait to be looked at), stopped (a threshold was passed). */
export interface RunView {
  id: string;
  kind: string;
  state: string;
  plan: string;
  /** Part names the slice that it moved. */
  part: string;
  by: string;
  started: string;
  finished: string;
  mapping: number;
  objects: RunRow[];
  /** Of is the run that a rollback took back. */
  of: string;
  can_resume: boolean;
  can_rollback: boolean;
  /** Decides names who says how a stopped run goes on. */
  decides: string;
  error: Problem | null;
  /** Proof of a rollback, once it is over. */
  proof: ProofView | null;
}

/** RunRow counts one object of a run. There counts what it created and is in the target now, and opens it. */
export interface RunRow {
  object: string;
  title: string;
  created: number;
  existed: number;
  updated: number;
  unchanged: number;
  held: number;
  failed: number;
  noted: number;
  deleted: number;
  kept: number;
  there: Figure;
}

/** RollbackRow says what a rollback would remove of one object. */
export interface RollbackRow {
  object: string;
  title: string;
  remove: Figure;
}

/** ProofView proves that a rollback reached just as far as the run did. */
export interface ProofView {
  deleted: number;
  /** Absent of the deleted ones were looked for and not found. */
  absent: number;
  /** Kept with the reasons, the first hundred. */
  kept: number;
  kept_list: string[];
  /** SourceUntouched: its records are exactly as before; Source says how many, before and after. */
  source_untouched: boolean;
  source: BeforeCount[];
  /** Target counts after it. */
  target: NameValue[];
}

/** BeforeCount is a count before and after. */
export interface BeforeCount {
  name: string;
  before: string;
  after: string;
}

/** ClockView says what lives only in the target since the move began: going back would leave it behind. */
export interface ClockView {
  /** Since is empty when nothing was moved yet. */
  since: string;
  total: number;
  hours: ClockHour[];
  objects: NameValue[];
  /** At is when it was counted. */
  at: string;
}

/** ClockHour is one hour: Count of it, Total until its end. */
export interface ClockHour {
  at: string;
  count: number;
  total: number;
}

/** HeldGroup is a group of held records with one repair. */
export interface HeldGroup {
  code: string;
  object: string;
  field: string;
  title: string;
  why: string;
  next: string;
  page: string;
  count: Figure;
  examples: string[];
}
