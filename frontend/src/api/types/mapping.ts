// Hand-written twins of app/api/types_mapping.go: what the studio and its pages ask for.

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
