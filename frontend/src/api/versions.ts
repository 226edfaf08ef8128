import { call } from "./call";
import type { VersionView } from "./types";
import type { FolderView, VersionCard, WorkbookBack } from "./types/versions";

/** What leaves the mapping and comes back: workbooks, Git folders, the document; and its versions. */
export const versions = {
  history: () => call<VersionCard[]>("Mapping", "History"),
  exportWorkbook: () => call<string>("Mapping", "ExportWorkbook"),
  importWorkbook: () => call<WorkbookBack>("Mapping", "ImportWorkbook"),
  readWorkbook: (path: string) => call<WorkbookBack>("Mapping", "ReadWorkbook", path),
  applyWorkbook: (token: string, reason: string, theirs: boolean[]) => call<VersionView>("Mapping", "ApplyWorkbook", token, reason, theirs),
  annotateWorkbook: (path: string) => call<string>("Mapping", "AnnotateWorkbook", path),
  exportFolder: () => call<FolderView>("Mapping", "ExportFolder"),
  importFolder: () => call<WorkbookBack>("Mapping", "ImportFolder"),
  applyFolder: (token: string, reason: string, theirs: boolean[]) => call<VersionView>("Mapping", "ApplyFolder", token, reason, theirs),
  writeDocument: (kind: "pdf" | "xlsx") => call<string>("Mapping", "WriteDocument", kind),
};
