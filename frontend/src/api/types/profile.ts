// Hand-written twins of app/api/types_profile.go: the profile in pictures and field by field.
import type { Bucket, FieldView, Figure, FindingView, ValueCount } from "../types";

/** ProfileView is the overview of what was measured. */
export interface ProfileView {
  score: ScoreView;
  graph: GraphView;
  objects: ProfileObject[];
  /** Findings of all objects, the grave ones first. */
  findings: StatedFinding[];
  /** At is when the source was measured last; empty when never. */
  at: string;
}

/** ScoreView says how ready the data is, and how that figure comes about. */
export interface ScoreView {
  points: number;
  enough: number;
  formula: string;
  lines: ScoreLine[];
}

/** ScoreLine is what one open finding costs. */
export interface ScoreLine {
  code: string;
  object: string;
  field: string;
  what: string;
  count: number;
  rows: number;
  cost: number;
}

/** GraphView is what hangs on what, and in which order it loads. */
export interface GraphView {
  nodes: GraphNode[];
  edges: GraphEdge[];
}

/** GraphNode is one object; step is its place in the load order. */
export interface GraphNode {
  object: string;
  rows: number;
  step: number;
}

/** GraphEdge is a kind of link. Later: it is set when both ends are there. */
export interface GraphEdge {
  from: string;
  to: string;
  field: string;
  linked: number;
  broken: number;
  later: boolean;
}

/** ProfileObject is one kind of record in the overview. */
export interface ProfileObject {
  object: string;
  title: string;
  rows: Figure;
  fields: ProfileField[];
  ages: Bucket[];
  state: string;
  states: ValueCount[];
  owners: OwnerLeft[];
}

/** ProfileField is a field in the overview. */
export interface ProfileField {
  name: string;
  type: string;
  filled: Figure;
  empty: Figure;
  findings: number;
}

/** OwnerLeft is an agent who left and still owns records. */
export interface OwnerLeft {
  name: string;
  field: string;
  count: Figure;
}

/** StatedFinding is a finding with what became of it: open, decided or accepted. */
export interface StatedFinding extends FindingView {
  state: string;
  by: string;
  when: string;
  why: string;
}

/** FieldFacts is all that is known of one field. */
export interface FieldFacts {
  object: string;
  title: string;
  rows: number;
  field: FieldView;
  same_as: string;
  kinds: Fact[];
  marks: Fact[];
  patterns: Fact[];
  patterns_all: boolean;
  phones: Fact[];
  currencies: Fact[];
  languages: Fact[];
  tags: Fact[];
  tags_used: number;
  tags_once: number;
  numbers: Fact[];
  low: string;
  high: string;
  places: number;
  dates: Fact[];
  orders: Fact[];
  decided: string;
  repairs: Repaired[];
  longest_bytes: number;
  shortest_bytes: number;
  findings: StatedFinding[];
}

/** Fact is one figure about a field. */
export interface Fact {
  name: string;
  count: Figure;
}

/** Repaired is a garbled text and what it likely was. */
export interface Repaired {
  from: string;
  to: string;
}
