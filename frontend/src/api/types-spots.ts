// Records that people look at in both desks (spots.go).
import type { MessageView } from "./types";

export interface SpotTask {
  seq: number; object: string; id: string; name: string; target: string; reviewer: string; age: string; why: string;
  verdict: string; note: string; by: string; at: string; picture: boolean;
}
export interface SpotsView { tasks: SpotTask[]; reviewers: string[]; mapper: string }
export interface SpotField { title: string; meant: string; found: string; same: boolean }
export interface SpotMessage { old: MessageView; html: string; target: string; missing: boolean; fields: SpotField[]; same: boolean }
export interface SpotPair { task: SpotTask; missing: boolean; differs: boolean; fields: SpotField[]; thread: SpotMessage[]; more: boolean; picture: string }
