// Hand-written twins of app/api/types_delta.go: the delta and the repairs of held records.
import type { ChoiceView, Figure, Problem } from "../types";

/** DeltaView is how the delta stands: what happened at the source since it was read. */
export interface DeltaView {
  /** Read is when the source was last asked; empty: never. Moved: something is in the target, so that there is anything to bring up to date. */
  read: string;
  moved: boolean;
  objects: DeltaRow[];
  /** Plan is the newest plan when it is about a delta, empty without one. Started: it was begun, so that nothing can be chosen in it any more. Stale: it cannot be started. */
  plan: string;
  started: boolean;
  stale: boolean;
  /** Conflicts and Gone count the records of the plan that have a choice. */
  conflicts: number;
  gone: number;
  /** Choices that there are about each, and with which one new plans begin. */
  conflict_choices: ChoiceView[];
  gone_choices: ChoiceView[];
  conflict_default: string;
  gone_default: string;
}

/** DeltaRow is one object of the delta. New, Changed, Deleted, Merged and Redacted wait to be brought over; Settled ones were decided; Problems could not be written. */
export interface DeltaRow {
  object: string;
  title: string;
  new: Figure;
  changed: Figure;
  deleted: Figure;
  merged: Figure;
  redacted: Figure;
  conflicts: Figure;
  problems: Figure;
  settled: Figure;
}

/** ConflictPage is a part of a list of conflicts, or of what is gone at the source; After continues behind it, 0 at the end. */
export interface ConflictPage {
  rows: ConflictRow[];
  after: number;
}

/** ConflictRow is one record with its choice. */
export interface ConflictRow {
  seq: number;
  object: string;
  /** Title of what it is, such as Ticket. */
  title: string;
  id: string;
  name: string;
  target_id: string;
  /** Missing: it is not in the target any more. */
  missing: boolean;
  /** How, Into and At of what is gone: deleted, merged. */
  how: string;
  into: string;
  at: string;
  /** Choice out of Choices; ChosenBy is empty while nobody chose. */
  choice: string;
  choices: string[];
  chosen_by: string;
  why: string;
  fields: ConflictField[];
}

/** ConflictField is one field: as we wrote it, as the source says it now, as the target does. */
export interface ConflictField {
  field: string;
  title: string;
  wrote: string;
  source: string;
  target: string;
  /** Changed at the source; else it was only edited in the target. */
  changed: boolean;
}

/** RepairView is one way to put right all that is held for one reason. */
export interface RepairView {
  id: string;
  title: string;
  why: string;
  /** Asks: none, text, option (one of Options), values (for each of Values one of Options, or a text where there are none). */
  asks: string;
  options: RepairOption[];
  values: RepairOption[];
  /** Count of the records that it concerns; Again: they are tried again afterwards. */
  count: number;
  again: boolean;
}

/** RepairOption is something to choose, or a value that something is chosen for. */
export interface RepairOption {
  value: string;
  title: string;
  count: number;
}

/** HeldImport is what a workbook of held records that came back asks for. Nothing is done yet. */
export interface HeldImport {
  /** File is empty when the person thought better of it. */
  file: string;
  answers: HeldAnswer[];
  /** Problems by sheet and cell; with any of them nothing can be applied. */
  problems: Problem[];
  /** Token applies exactly this; empty when there are problems. */
  token: string;
}

/** HeldAnswer is a repair that was chosen for one group. */
export interface HeldAnswer {
  group: string;
  repair: string;
  value: string;
}
