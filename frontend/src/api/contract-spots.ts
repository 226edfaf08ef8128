// What contract.ts says of types.ts, said of types-spots.ts.
import type { api } from "../wailsjs/go/models";
import type { AllTrue, Same } from "./contract";
import type * as mine from "./types-spots";

interface Pairs {
  apiSpotTask: [api.SpotTask, mine.SpotTask];
  apiSpotsView: [api.SpotsView, mine.SpotsView];
  apiSpotField: [api.SpotField, mine.SpotField];
  apiSpotMessage: [api.SpotMessage, mine.SpotMessage];
  apiSpotPair: [api.SpotPair, mine.SpotPair];
}

export type CheckedSpots = AllTrue<{ [N in keyof Pairs]: Same<Pairs[N][0], Pairs[N][1]> }>;
