// Hand-written twins of app/api/types_versions.go: what comes back from Excel or a Git folder, and versions.
import type { Problem } from "../types";

/** WorkbookBack is what a workbook that came back, or a folder of text, would change. Nothing is applied yet. */
export interface WorkbookBack {
  file: string;
  /** Token applies exactly this; empty when there are problems, or nothing to take over. */
  token: string;
  changes: string[];
  conflicts: ConflictView[];
  /** Others is what it says about cleaning rules, duplicates and rules to rebuild. */
  others: string[];
  review: ReviewView;
  notes: Problem[];
  problems: Problem[];
}

/** ConflictView is something that both sides changed, each in another way. */
export interface ConflictView {
  what: string;
  here: string;
  there: string;
}

/** ReviewView is what the business owner wrote on the review sheet. */
export interface ReviewView {
  said: boolean;
  name: string;
  role: string;
  date: string;
  approved: boolean;
  remark: string;
  /** Refused says why it does not become an approval. */
  refused?: Problem | null;
}

/** VersionCard is a version with all that hangs on it. */
export interface VersionCard {
  number: number;
  hash: string;
  author: string;
  at: string;
  reason: string;
  changes: string[];
  approvals: SignedView[];
  runs: VersionRun[];
}

/** SignedView is an approval of a version. */
export interface SignedView {
  name: string;
  role: string;
  at: string;
  statement: string;
}

/** VersionRun is a run that a version made. */
export interface VersionRun {
  id: string;
  kind: string;
  state: string;
  started: string;
}

/** FolderView is what was written into a Git folder; empty when the person thought better of it. */
export interface FolderView {
  folder: string;
  commits: string[];
}
