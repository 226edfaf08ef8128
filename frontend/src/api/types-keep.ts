// What is kept elsewhere: backups, the archive, erasures (types_keep.go).
export interface PlaceView { kind: string; settings: Record<string, string>; has_secret: boolean; words: string }
export interface PlaceSetting { name: string; title: string; help: string; secret: boolean; optional: boolean }
export interface PlaceKind { kind: string; settings: PlaceSetting[] }
export interface KeptView {
  id: number; name: string; place: string; at: string; by: string; records: number; files: number; missing: number; bytes: number; parts: number;
  encrypted: boolean; tested: string; tested_by: string; passed: boolean; compared: number; opened: number; seconds: number; wrong: string[];
}
export interface RestoreForm { kinds: PlaceKind[]; folder: string }
export interface PickedBackup { folder: string; name: string }
/** RestoreOrder says which backup becomes a project again, and where; the secret of its place is not kept. */
export interface RestoreOrder { kind: string; settings: Record<string, string>; name: string; passphrase: string; folder: string; project: string }
/** RestoredView is what came back, compared with what was backed up. */
export interface RestoredView {
  path: string; backup: string; passed: boolean; wrong: string[]; objects: RestoredLine[]; records: number; files: number; opened: number; unopenable: number;
  audit: boolean; manifest: string; seconds: number;
}
export interface RestoredLine { title: string; backed: number; restored: number; same: boolean }
export interface StaysView { fate: string; count: number }
export interface ErasedRecord { object: string; title: string; count: number }
export interface PersonFound { names: string[]; records: ErasedRecord[]; phones: string[]; one_word: string[] }
export interface CertificateView {
  number: number; at: string; by: string; why: string; digest: string; records: ErasedRecord[]; attachments: number; files: number;
  target: string[]; mentions: string[]; backups: string[]; one_word: number;
}
export interface KeepView {
  place: PlaceView; kinds: PlaceKind[]; backups: KeptView[]; staged: number; stays: StaysView[]; erasures: CertificateView[];
}
