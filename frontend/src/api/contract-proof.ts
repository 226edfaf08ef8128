// What contract.ts says of types.ts, said of types-proof.ts.
import type { api } from "../wailsjs/go/models";
import type { AllTrue, Same } from "./contract";
import type * as mine from "./types-proof";

interface Pairs {
  apiVerifyView: [api.VerifyView, mine.VerifyView];
  apiVerifyFile: [api.VerifyFile, mine.VerifyFile];
  apiTrailView: [api.TrailView, mine.TrailView];
  apiTrailKind: [api.TrailKind, mine.TrailKind];
  apiTrailEntry: [api.TrailEntry, mine.TrailEntry];
}

export type CheckedProof = AllTrue<{ [N in keyof Pairs]: Same<Pairs[N][0], Pairs[N][1]> }>;
