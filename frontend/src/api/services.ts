import { call } from "./call";
import type { FieldFacts, ProfileView } from "./types/profile";
import type { TrailEntry, TrailView, VerifyView } from "./types-proof";
import type {
  CanaryView, CheckCost, CheckView, PilotView, CleanRule, ClockView, ConflictPage, CountedValue, DecisionView, DeltaView, DeskView, Difference, FieldMap, FieldMapView, Filter, FindingView, Gap,
  HeldGroup, HeldImport, Home, JobView, KindView, MappingView, NewProject, ObjectView, PlanView, PreflightView, Problem, RecordPage, WordsView,
  RebuildView, RecordView, RepairView, ReportFile, ReportView, RollbackRow, RuleChange, RuleDetail, RulesImport, RunView, Side, SideView, SliceForm, SlicesView,
  StartView, Table, Thresholds, TidyView, VersionView,
} from "./types";

// One object per struct that Go binds. Jobs are ids: see jobs.ts.

export const app = {
  start: () => call<StartView>("App", "Start"),
  newProject: (p: NewProject) => call<null>("App", "NewProject", p),
  openProject: (path: string) => call<null>("App", "OpenProject", path),
  openSample: () => call<null>("App", "OpenSample"),
  resetSample: () => call<null>("App", "ResetSample"),
  chooseProject: () => call<string>("App", "ChooseProject"),
  chooseFolder: () => call<string>("App", "ChooseFolder"),
  closeProject: () => call<null>("App", "CloseProject"),
  setPerson: (name: string, role: string) => call<null>("App", "SetPerson", name, role),
  home: () => call<Home>("App", "Home"),
  openPath: (path: string) => call<null>("App", "OpenPath", path),
};

export const jobs = {
  status: (id: string) => call<JobView>("Jobs", "Status", id),
  current: () => call<JobView | null>("Jobs", "Current"),
  pause: (id: string) => call<null>("Jobs", "Pause", id),
  resume: (id: string) => call<null>("Jobs", "Resume", id),
  cancel: (id: string) => call<null>("Jobs", "Cancel", id),
};

export const source = {
  pickFiles: () => call<string[]>("Source", "PickFiles"),
  inspect: (paths: string[]) => call<string>("Source", "Inspect", paths),
  tables: () => call<Table[]>("Source", "Tables"),
  setTable: (t: Table) => call<string>("Source", "SetTable", t),
  removeTable: (name: string) => call<null>("Source", "RemoveTable", name),
  addPlaceholder: (name: string, email: string) => call<null>("Source", "AddPlaceholder", name, email),
  propose: () => call<string>("Source", "Propose"),
  problems: () => call<Problem[]>("Source", "Problems"),
  read: () => call<string>("Source", "Read"),
};

export const records = {
  objects: () => call<ObjectView[]>("Records", "Objects"),
  profile: () => call<string>("Records", "Profile"),
  list: (f: Filter, columns: string[], offset: number, limit: number) =>
    call<RecordPage>("Records", "List", f, columns, offset, limit),
  searchable: () => call<WordsView>("Records", "Searchable"),
  find: (f: Filter, id: string) => call<number>("Records", "Find", f, id),
  get: (object: string, id: string) => call<RecordView>("Records", "Get", object, id),
  findings: () => call<FindingView[]>("Records", "Findings"),
};

export const profiles = {
  overview: () => call<ProfileView>("Records", "Overview"),
  field: (object: string, field: string) => call<FieldFacts>("Records", "FieldFacts", object, field),
  say: (object: string, code: string, field: string, state: string, why: string) =>
    call<null>("Records", "SayOfFinding", object, code, field, state, why),
  write: (kind: string) => call<string>("Records", "WriteProfile", kind),
};

export const clean = {
  rules: () => call<CleanRule[]>("Clean", "Rules"),
  apply: (id: string, settings: Record<string, string>, why: string) =>
    call<DecisionView>("Clean", "Apply", id, settings, why),
  undo: (decision: number) => call<null>("Clean", "Undo", decision),
  decisions: () => call<DecisionView[]>("Clean", "Decisions"),
};

export const mapping = {
  get: () => call<MappingView>("Mapping", "Get"),
  suggest: () => call<null>("Mapping", "Suggest"),
  setField: (object: string, f: FieldMap) => call<FieldMapView>("Mapping", "SetField", object, f),
  setObject: (object: string, target: string, why: string) => call<null>("Mapping", "SetObject", object, target, why),
  preview: (object: string, f: FieldMap) => call<FieldMapView>("Mapping", "Preview", object, f),
  valueCounts: (object: string, field: string) => call<CountedValue[]>("Mapping", "ValueCounts", object, field),
  accept: (reason: string) => call<VersionView>("Mapping", "Accept", reason),
  discard: () => call<null>("Mapping", "Discard"),
  versions: () => call<VersionView[]>("Mapping", "Versions"),
  restore: (version: number, reason: string) => call<VersionView>("Mapping", "Restore", version, reason),
  approve: (version: number, statement: string) => call<null>("Mapping", "Approve", version, statement),
  diff: (a: number, b: number) => call<string[]>("Mapping", "Diff", a, b),
};

export const target = {
  startPractice: () => call<null>("Target", "StartPractice"),
  desk: () => call<DeskView>("Target", "Desk"),
  gaps: () => call<Gap[]>("Target", "Gaps"),
  createGap: (id: string) => call<null>("Target", "CreateGap", id),
  createAllGaps: () => call<null>("Target", "CreateAllGaps"),
};

export const desks = {
  kinds: () => call<KindView[]>("Desks", "Kinds"),
  tidy: (kind: string, text: string) => call<TidyView>("Desks", "Tidy", kind, text),
  side: (side: Side) => call<SideView>("Desks", "Side", side),
  connect: (side: Side, kind: string, settings: Record<string, string>) => call<SideView>("Desks", "Connect", side, kind, settings),
  survey: (side: Side) => call<string>("Desks", "Survey", side),
};

export const rebuild = {
  view: () => call<RebuildView>("Rebuild", "View"),
  get: (id: number) => call<RuleDetail>("Rebuild", "Get", id),
  read: () => call<string>("Rebuild", "Read"),
  state: (ids: number[], change: RuleChange) => call<null>("Rebuild", "State", ids, change),
  export: () => call<string>("Rebuild", "Export"),
  import: () => call<RulesImport>("Rebuild", "Import"),
  apply: (token: string) => call<number>("Rebuild", "Apply", token),
};

export const runs = {
  plan: (scope: string) => call<string>("Runs", "Plan", scope),
  planSlice: (name: string) => call<string>("Runs", "PlanSlice", name),
  planView: (id: string) => call<PlanView>("Runs", "PlanView", id),
  choose: (code: string, object: string, field: string, choice: string) => call<null>("Runs", "Choose", code, object, field, choice),
  preflight: (plan: string) => call<PreflightView[]>("Runs", "Preflight", plan),
  accept: (code: string, why: string) => call<null>("Runs", "Accept", code, why),
  thresholds: () => call<Thresholds>("Runs", "Thresholds"),
  setThresholds: (t: Thresholds) => call<null>("Runs", "SetThresholds", t),
  share: () => call<string>("Runs", "Share"),
  setShare: (text: string) => call<string>("Runs", "SetShare", text),
  setWindow: (hours: number) => call<null>("Runs", "SetWindow", hours),
  slices: () => call<SlicesView>("Runs", "Slices"),
  setSlices: (list: SliceForm[]) => call<null>("Runs", "SetSlices", list),
  start: (plan: string, confirm: string) => call<string>("Runs", "Start", plan, confirm),
  canary: (run: string) => call<CanaryView>("Runs", "Canary", run),
  confirm: (run: string) => call<string>("Runs", "Confirm", run),
  beyond: (run: string, why: string) => call<string>("Runs", "Beyond", run, why),
  resume: (run: string) => call<string>("Runs", "Resume", run),
  list: () => call<RunView[]>("Runs", "List"),
  held: () => call<HeldGroup[]>("Runs", "Held"),
  repairs: (object: string, code: string, field: string) => call<RepairView[]>("Runs", "Repairs", object, code, field),
  fix: (object: string, code: string, field: string, repair: string, value: string, why: string) =>
    call<string>("Runs", "Fix", object, code, field, repair, value, why),
  exportHeld: () => call<string>("Runs", "ExportHeld"),
  importHeld: () => call<HeldImport>("Runs", "ImportHeld"),
  applyHeld: (token: string) => call<string>("Runs", "ApplyHeld", token),
  retry: () => call<string>("Runs", "Retry"),
  rollbackPreview: (run: string) => call<RollbackRow[]>("Runs", "RollbackPreview", run),
  rollback: (run: string) => call<string>("Runs", "Rollback", run),
  slicePreview: (name: string) => call<RollbackRow[]>("Runs", "SlicePreview", name),
  rollbackSlice: (name: string) => call<string>("Runs", "RollbackSlice", name),
  clock: () => call<ClockView>("Runs", "Clock"),
};

export const delta = {
  read: () => call<string>("Delta", "Read"),
  view: () => call<DeltaView>("Delta", "View"),
  conflicts: (plan: string, after: number, limit: number) => call<ConflictPage>("Delta", "Conflicts", plan, after, limit),
  gone: (plan: string, after: number, limit: number) => call<ConflictPage>("Delta", "Gone", plan, after, limit),
  choose: (plan: string, kind: string, seqs: number[], choice: string, why: string) => call<number>("Delta", "Choose", plan, kind, seqs, choice, why),
  setDefault: (kind: string, choice: string) => call<null>("Delta", "SetDefault", kind, choice),
};

export const checks = {
  run: () => call<string>("Checks", "Run"),
  last: () => call<CheckView>("Checks", "Last"),
  differences: (code: string, object: string, after: string, limit: number) =>
    call<Difference[]>("Checks", "Differences", code, object, after, limit),
  runAs: (how: string) => call<string>("Checks", "RunAs", how),
  cost: (how: string) => call<CheckCost>("Checks", "Cost", how),
  setNormal: (code: string, on: boolean) => call<null>("Checks", "SetNormal", code, on),
  waive: (code: string, object: string, name: string, role: string, why: string) => call<null>("Checks", "Waive", code, object, name, role, why),
  unwaive: (code: string, object: string) => call<null>("Checks", "Unwaive", code, object),
  pilot: () => call<PilotView>("Checks", "Pilot"),
  choosePilot: (percent: number) => call<string>("Checks", "ChoosePilot", percent),
  pilotHand: (object: string, id: string, how: string, why: string) => call<null>("Checks", "PilotHand", object, id, how, why),
};

export const reports = {
  oldNumbers: () => call<string>("Reports", "OldNumbers"),
  view: () => call<ReportView>("Reports", "View"),
  sign: (kind: string, name: string, role: string, statement: string, drawn: string) =>
    call<null>("Reports", "Sign", kind, name, role, statement, drawn),
  verify: () => call<VerifyView>("Reports", "Verify"),
  chooseLogo: () => call<null>("Reports", "ChooseLogo"),
  removeLogo: () => call<null>("Reports", "RemoveLogo"),
  write: () => call<ReportFile>("Reports", "Write"),
  open: (path: string) => call<null>("Reports", "Open", path),
};

export const trail = {
  view: () => call<TrailView>("Trail", "View"),
  lines: (person: string, kind: string, text: string, before: number, limit: number) => call<TrailEntry[]>("Trail", "Lines", person, kind, text, before, limit),
  export: () => call<string>("Trail", "Export"),
};
