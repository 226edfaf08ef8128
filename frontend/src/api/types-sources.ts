// What Go says of several sources: app/api/sources.go, backend/project and backend/truth.

export interface SourceObject { object: string; count: number }

export interface SourceView {
  name: string;
  title: string;
  kind: string;
  desk: string;
  account: string;
  read: boolean;
  objects: SourceObject[];
  records: number;
}

export interface ObjectName { object: string; title: string }
export interface SourcesView { sources: SourceView[]; kinds: ObjectName[] }

export interface TruthProposal {
  object: string;
  by: Record<string, string>;
  title: string;
  matched: number;
  ambiguous: number;
  alone: number;
  keyless: number;
  agree: number;
  examples: string[];
}

export interface TruthPair { name: string; fields: Record<string, string>; confidence?: number }

export interface TruthRule {
  object: string;
  by: Record<string, string>;
  rank: string[];
  fields?: Record<string, string[]>;
  pairs: TruthPair[];
  bring: boolean;
}

export interface TruthShare { source: string; object: string; records: number; alone: number; keyless: number; ambiguous: number }
export interface TruthSaying { source: string; value: string }
export interface TruthExample { object: string; id: string; seq: number; name: string; says: TruthSaying[]; before: string; after: string; from: string }

export interface TruthFact {
  name: string;
  fields: Record<string, string>;
  confidence: number;
  order: string[];
  own: boolean;
  both: number;
  differ: number;
  fills: number;
  changes: number;
  examples: TruthExample[];
}

export interface TruthCame { field: string; count: number }

export interface TruthView {
  rule: TruthRule;
  title: string;
  decision: number;
  matched: number;
  ambiguous: number;
  there: number;
  sources: TruthShare[];
  facts: TruthFact[];
  brought: TruthCame[];
  survivor: string;
}

export interface TruthPage { object: string; title: string; proposals: TruthProposal[]; found: boolean; view: TruthView }

export interface NumberTwice { id: string; first: string; other: string }

export interface Collision {
  object: string;
  other: string;
  count: number;
  examples: NumberTwice[];
  field: string;
  prefix?: string;
  decision?: number;
  kept?: string;
  other_kept?: string;
}
