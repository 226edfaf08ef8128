// What contract.ts says of types.ts, said of types/mapping.ts.
import type { api, mapping, project, store } from "../wailsjs/go/models";
import type { AllTrue, Same } from "./contract";
import type * as mine from "./types/mapping";

interface Pairs {
  apiSureView: [api.SureView, mine.SureView];
  apiSureRow: [api.SureRow, mine.SureRow];
  apiValueListView: [api.ValueListView, mine.ValueListView];
  apiValueLineView: [api.ValueLineView, mine.ValueLineView];
  apiDryView: [api.DryView, mine.DryView];
  apiDryBrief: [api.DryBrief, mine.DryBrief];
  apiShapeView: [api.ShapeView, mine.ShapeView];
  apiShapeObject: [api.ShapeObject, mine.ShapeObject];
  mappingPersonPair: [mapping.PersonPair, mine.PersonPair];
  projectValidation: [project.Validation, mine.Validation];
  projectValidationCounts: [project.ValidationCounts, mine.ValidationCounts];
  projectValidatedObject: [project.ValidatedObject, mine.ValidatedObject];
  projectValidationGroup: [project.ValidationGroup, mine.ValidationGroup];
  projectValidationLoss: [project.ValidationLoss, mine.ValidationLoss];
  projectPeopleMap: [project.PeopleMap, mine.PeopleMap];
  projectPeopleLine: [project.PeopleLine, mine.PeopleLine];
  projectTargetDrift: [project.TargetDrift, mine.TargetDrift];
  projectRouteCount: [project.RouteCount, mine.RouteCount];
  projectLineage: [project.Lineage, mine.Lineage];
  projectFieldLineage: [project.FieldLineage, mine.FieldLineage];
  projectSourceLineage: [project.SourceLineage, mine.SourceLineage];
  projectCorrection: [project.Correction, mine.LineageCorrection];
  storeTargetPerson: [store.TargetPerson, mine.TargetPerson];
  storeLookup: [store.Lookup, mine.LookupTable];
}

export type CheckedMapping = AllTrue<{ [N in keyof Pairs]: Same<Pairs[N][0], Pairs[N][1]> }>;
