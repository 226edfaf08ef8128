import { queryOptions } from "@tanstack/react-query";
import { call } from "../../api/call";
import type { Collision, SourcesView, TruthPage, TruthRule, TruthView } from "../../api/types-sources";

export const sources = {
  list: () => call<SourcesView>("Sources", "List"),
  addFiles: (name: string, paths: string[]) => call<string>("Sources", "AddFiles", name, paths),
  read: (name: string) => call<string>("Sources", "Read", name),
  remove: (name: string) => call<null>("Sources", "Remove", name),
  truth: (object: string) => call<TruthPage>("Sources", "Truth", object),
  begin: (object: string, by: Record<string, string>) => call<TruthView>("Sources", "Begin", object, by),
  look: (rule: TruthRule) => call<TruthView>("Sources", "Look", rule),
  decide: (rule: TruthRule, why: string) => call<null>("Sources", "Decide", rule, why),
  undo: (object: string) => call<null>("Sources", "Undo", object),
  collisions: () => call<Collision[]>("Sources", "Collisions"),
  prefix: (object: string, prefix: string) => call<null>("Sources", "Prefix", object, prefix),
};

export const sourcesQueries = {
  list: () => queryOptions({ queryKey: ["sources", "list"], queryFn: sources.list }),
  truth: (object: string) => queryOptions({ queryKey: ["sources", "truth", object], queryFn: () => sources.truth(object) }),
  collisions: () => queryOptions({ queryKey: ["sources", "collisions"], queryFn: sources.collisions }),
};
