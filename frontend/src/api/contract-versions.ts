// What contract.ts says of types.ts, said of types/versions.ts.
import type { api } from "../wailsjs/go/models";
import type { AllTrue, Same } from "./contract";
import type * as mine from "./types/versions";

interface Pairs {
  apiWorkbookBack: [api.WorkbookBack, mine.WorkbookBack];
  apiConflictView: [api.ConflictView, mine.ConflictView];
  apiReviewView: [api.ReviewView, mine.ReviewView];
  apiVersionCard: [api.VersionCard, mine.VersionCard];
  apiSignedView: [api.SignedView, mine.SignedView];
  apiVersionRun: [api.VersionRun, mine.VersionRun];
  apiFolderView: [api.FolderView, mine.FolderView];
}

export type CheckedVersions = AllTrue<{ [N in keyof Pairs]: Same<Pairs[N][0], Pairs[N][1]> }>;
