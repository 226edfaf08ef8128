// What contract.ts says of types.ts, said of types-keep.ts.
import type { api } from "../wailsjs/go/models";
import type { AllTrue, Same } from "./contract";
import type * as mine from "./types-keep";

interface Pairs {
  apiPlaceView: [api.PlaceView, mine.PlaceView];
  apiPlaceSetting: [api.PlaceSetting, mine.PlaceSetting];
  apiPlaceKind: [api.PlaceKind, mine.PlaceKind];
  apiKeptView: [api.KeptView, mine.KeptView];
  apiRestoreForm: [api.RestoreForm, mine.RestoreForm];
  apiPickedBackup: [api.PickedBackup, mine.PickedBackup];
  apiRestoreOrder: [api.RestoreOrder, mine.RestoreOrder];
  apiRestoredView: [api.RestoredView, mine.RestoredView];
  apiRestoredLine: [api.RestoredLine, mine.RestoredLine];
  apiStaysView: [api.StaysView, mine.StaysView];
  apiErasedRecord: [api.ErasedRecord, mine.ErasedRecord];
  apiPersonFound: [api.PersonFound, mine.PersonFound];
  apiCertificateView: [api.CertificateView, mine.CertificateView];
  apiKeepView: [api.KeepView, mine.KeepView];
}

export type CheckedKeep = AllTrue<{ [N in keyof Pairs]: Same<Pairs[N][0], Pairs[N][1]> }>;
