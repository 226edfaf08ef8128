import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { call } from "../../api/call";
import type { DecisionView } from "../../api/types";
import type { OwnRule, RulePreview, RuleShape, SearchView, TwinImport, TwinPage, TwinView } from "../../api/types-clean";

/** What Go's Clean does besides the proposed rules: duplicates, and rules of one's own. */
export const twins = {
  searches: () => call<SearchView[]>("Clean", "Searches"),
  one: (id: number) => call<TwinView>("Clean", "Twin", id),
  seek: (object: string, plusTags: boolean) => call<string>("Clean", "Seek", object, plusTags),
  list: (object: string, band: string, state: string, skip: number) => call<TwinPage>("Clean", "Twins", object, band, state, skip),
  choose: (id: number, survivor: number, field: string, from: number) => call<null>("Clean", "ChooseTwin", id, survivor, field, from),
  exclude: (id: number, seq: number, out: boolean) => call<null>("Clean", "ExcludeTwin", id, seq, out),
  merge: (id: number, why: string) => call<null>("Clean", "MergeTwins", id, why),
  mergeSure: (object: string, why: string) => call<number>("Clean", "MergeSure", object, why),
  apart: (id: number, why: string) => call<null>("Clean", "KeepApart", id, why),
  reopen: (id: number) => call<null>("Clean", "ReopenTwins", id),
  exportBook: (object: string) => call<string>("Clean", "ExportTwins", object),
  importBook: (object: string) => call<TwinImport>("Clean", "ImportTwins", object),
  applyBook: (object: string, token: string) => call<null>("Clean", "ApplyTwins", object, token),
};

export const own = {
  shape: () => call<RuleShape>("Clean", "Shape"),
  try: (r: OwnRule) => call<RulePreview>("Clean", "Try", r),
  make: (r: OwnRule, why: string) => call<null>("Clean", "Make", r, why),
  corrections: () => call<DecisionView[]>("Clean", "Corrections"),
  order: (ids: number[]) => call<null>("Clean", "Order", ids),
};

export const twinQueries = {
  searches: () => queryOptions({ queryKey: ["clean", "searches"], queryFn: twins.searches }),
  one: (id: number) => queryOptions({ queryKey: ["clean", "twins", id], queryFn: () => twins.one(id) }),
  list: (object: string, band: string, state: string) =>
    infiniteQueryOptions({
      queryKey: ["clean", "twins", object, band, state],
      queryFn: ({ pageParam }) => twins.list(object, band, state, pageParam),
      initialPageParam: 0,
      getNextPageParam: (last: TwinPage) => (last.next === 0 ? undefined : last.next),
    }),
};

export const ownQueries = {
  shape: () => queryOptions({ queryKey: ["clean", "shape"], queryFn: own.shape }),
  corrections: () => queryOptions({ queryKey: ["clean", "corrections"], queryFn: own.corrections }),
};
