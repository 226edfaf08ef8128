// What contract.ts says of types.ts, said of types-clean.ts.
import type { api } from "../wailsjs/go/models";
import type { AllTrue, Same } from "./contract";
import type * as mine from "./types-clean";

interface Pairs {
  apiSearchView: [api.SearchView, mine.SearchView];
  apiClustersView: [api.ClustersView, mine.ClustersView];
  apiClusterView: [api.ClusterView, mine.ClusterView];
  apiTwinCount: [api.TwinCount, mine.TwinCount];
  apiCappedView: [api.CappedView, mine.CappedView];
  apiTwinPage: [api.TwinPage, mine.TwinPage];
  apiTwinView: [api.TwinView, mine.TwinView];
  apiTwinMember: [api.TwinMember, mine.TwinMember];
  apiEvidenceView: [api.EvidenceView, mine.EvidenceView];
  apiTwinRow: [api.TwinRow, mine.TwinRow];
  apiTwinImport: [api.TwinImport, mine.TwinImport];
  apiRuleCondition: [api.RuleCondition, mine.RuleCondition];
  apiOwnRule: [api.OwnRule, mine.OwnRule];
  apiRulePreview: [api.RulePreview, mine.RulePreview];
  apiRuleExample: [api.RuleExample, mine.RuleExample];
  apiRuleShape: [api.RuleShape, mine.RuleShape];
  apiRuleObject: [api.RuleObject, mine.RuleObject];
  apiNameTitle: [api.NameTitle, mine.NameTitle];
  apiLaterView: [api.LaterView, mine.LaterView];
  apiRuleWay: [api.RuleWay, mine.RuleWay];
}

export type CheckedClean = AllTrue<{ [N in keyof Pairs]: Same<Pairs[N][0], Pairs[N][1]> }>;
