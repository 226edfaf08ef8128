// The hand-written types of types.ts are held against those that Wails generates from
// Go: a field that the window relies on and Go does not send does not compile. (Nullness is
// not compared: the generator writes a pointer as an optional field.)
import type { api, files, mapping, model } from "../wailsjs/go/models";
import type * as mine from "./types";

/** What the window relies on and Go does not send. */
type Same<Go, Mine> = [keyof Mine] extends [keyof Go] ? true : { missing: Exclude<keyof Mine, keyof Go> };

type Names = keyof Pairs;
interface Pairs {
  apiActivity: [api.Activity, mine.Activity];
  apiApprovalView: [api.ApprovalView, mine.ApprovalView];
  apiBeforeAfter: [api.BeforeAfter, mine.BeforeAfter];
  apiFilter: [api.Filter, mine.Filter];
  apiFigure: [api.Figure, mine.Figure];
  apiBrokenLink: [api.BrokenLink, mine.BrokenLink];
  apiBucket: [api.Bucket, mine.Bucket];
  apiCheckItem: [api.CheckItem, mine.CheckItem];
  apiCheckView: [api.CheckView, mine.CheckView];
  apiCleanRule: [api.CleanRule, mine.CleanRule];
  apiDecisionView: [api.DecisionView, mine.DecisionView];
  apiGap: [api.Gap, mine.Gap];
  apiNameValue: [api.NameValue, mine.NameValue];
  apiDeskView: [api.DeskView, mine.DeskView];
  apiDifference: [api.Difference, mine.Difference];
  apiStageView: [api.StageView, mine.StageView];
  apiJobProblem: [api.JobProblem, mine.JobProblem];
  apiJobView: [api.JobView, mine.JobView];
  apiEventTypes: [api.EventTypes, mine.EventTypes];
  apiFieldMapView: [api.FieldMapView, mine.FieldMapView];
  apiValueCount: [api.ValueCount, mine.ValueCount];
  apiFieldView: [api.FieldView, mine.FieldView];
  apiFindingView: [api.FindingView, mine.FindingView];
  apiFormView: [api.FormView, mine.FormView];
  apiHeldGroup: [api.HeldGroup, mine.HeldGroup];
  apiNeed: [api.Need, mine.Need];
  apiManifestRow: [api.ManifestRow, mine.ManifestRow];
  apiStep: [api.Step, mine.Step];
  apiTask: [api.Task, mine.Task];
  apiPhase: [api.Phase, mine.Phase];
  apiProjectView: [api.ProjectView, mine.ProjectView];
  apiHome: [api.Home, mine.Home];
  apiKindView: [api.KindView, mine.KindView];
  apiLinkView: [api.LinkView, mine.LinkView];
  apiVersionView: [api.VersionView, mine.VersionView];
  apiObjectMapView: [api.ObjectMapView, mine.ObjectMapView];
  apiMappingView: [api.MappingView, mine.MappingView];
  apiMessageView: [api.MessageView, mine.MessageView];
  apiNewProject: [api.NewProject, mine.NewProject];
  apiObjectView: [api.ObjectView, mine.ObjectView];
  apiPlanRow: [api.PlanRow, mine.PlanRow];
  apiPlanView: [api.PlanView, mine.PlanView];
  apiLossView: [api.LossView, mine.LossView];
  apiChoiceView: [api.ChoiceView, mine.ChoiceView];
  apiPreflightView: [api.PreflightView, mine.PreflightView];
  apiThresholds: [api.Thresholds, mine.Thresholds];
  apiSlicesView: [api.SlicesView, mine.SlicesView];
  apiSliceView: [api.SliceView, mine.SliceView];
  apiSliceForm: [api.SliceForm, mine.SliceForm];
  apiCondition: [api.Condition, mine.Condition];
  apiSliceObject: [api.SliceObject, mine.SliceObject];
  apiSliceField: [api.SliceField, mine.SliceField];
  apiCanaryView: [api.CanaryView, mine.CanaryView];
  apiCanaryRecord: [api.CanaryRecord, mine.CanaryRecord];
  apiCanaryField: [api.CanaryField, mine.CanaryField];
  apiRollbackRow: [api.RollbackRow, mine.RollbackRow];
  apiProofView: [api.ProofView, mine.ProofView];
  apiBeforeCount: [api.BeforeCount, mine.BeforeCount];
  apiClockView: [api.ClockView, mine.ClockView];
  apiClockHour: [api.ClockHour, mine.ClockHour];
  apiDeltaView: [api.DeltaView, mine.DeltaView];
  apiDeltaRow: [api.DeltaRow, mine.DeltaRow];
  apiConflictPage: [api.ConflictPage, mine.ConflictPage];
  apiConflictRow: [api.ConflictRow, mine.ConflictRow];
  apiConflictField: [api.ConflictField, mine.ConflictField];
  apiRepairView: [api.RepairView, mine.RepairView];
  apiRepairOption: [api.RepairOption, mine.RepairOption];
  apiHeldImport: [api.HeldImport, mine.HeldImport];
  apiHeldAnswer: [api.HeldAnswer, mine.HeldAnswer];
  apiRecentProject: [api.RecentProject, mine.RecentProject];
  apiRecordRow: [api.RecordRow, mine.RecordRow];
  apiRecordPage: [api.RecordPage, mine.RecordPage];
  apiRecordView: [api.RecordView, mine.RecordView];
  apiReportFile: [api.ReportFile, mine.ReportFile];
  apiReportView: [api.ReportView, mine.ReportView];
  apiRunRow: [api.RunRow, mine.RunRow];
  apiRunView: [api.RunView, mine.RunView];
  apiStartView: [api.StartView, mine.StartView];
  apiWorkbookImport: [api.WorkbookImport, mine.WorkbookImport];
  filesColumn: [files.Column, mine.Column];
  filesLinkSpec: [files.LinkSpec, mine.LinkSpec];
  filesNote: [files.Note, mine.Note];
  filesOutput: [files.Output, mine.Output];
  filesTable: [files.Table, mine.Table];
  mappingValuePair: [mapping.ValuePair, mine.ValuePair];
  mappingFieldMap: [mapping.FieldMap, mine.FieldMap];
  mappingValueCount: [mapping.ValueCount, mine.CountedValue];
  modelChoice: [model.Choice, mine.Choice];
  modelField: [model.Field, mine.Field];
  modelPerson: [model.Person, mine.Person];
}

export type Contract = { [N in Names]: Same<Pairs[N][0], Pairs[N][1]> };

type AllTrue<T extends Record<string, true>> = T;
export type Checked = AllTrue<Contract>;
