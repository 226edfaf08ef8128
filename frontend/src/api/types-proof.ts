// What proves the move: sealed reports, the audit trail (reports.go, trail.go).
export interface VerifyFile { name: string; what: string; state: string }
export interface VerifyView { unchanged: boolean; sentence: string; project: string; report: string; signed: string[]; files: VerifyFile[] }
export interface TrailKind { kind: string; words: string; count: number }
export interface TrailEntry { n: number; at: string; name: string; role: string; kind: string; what: string; detail: string; raw: string; hash: string }
export interface TrailView { lines: number; head: string; broken: string; people: string[]; kinds: TrailKind[]; keys: TrailEntry[] }
