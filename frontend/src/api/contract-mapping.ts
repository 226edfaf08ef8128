// What contract.ts says of types.ts, said of types/mapping.ts.
import type { api } from "../wailsjs/go/models";
import type { AllTrue, Same } from "./contract";
import type * as mine from "./types/mapping";

interface Pairs {
  apiSureView: [api.SureView, mine.SureView];
  apiSureRow: [api.SureRow, mine.SureRow];
  apiValueListView: [api.ValueListView, mine.ValueListView];
  apiValueLineView: [api.ValueLineView, mine.ValueLineView];
}

export type CheckedMapping = AllTrue<{ [N in keyof Pairs]: Same<Pairs[N][0], Pairs[N][1]> }>;
