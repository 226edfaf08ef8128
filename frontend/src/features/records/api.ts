import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { records } from "../../api/services";
import type { Filter } from "../../api/types";

/** CHUNK is how many records are asked for at once. */
export const CHUNK = 100;

export const recordQueries = {
  /** The nth hundred of a list. The one before is shown until the first of a new list is there. */
  chunk: (filter: Filter, columns: string[], n: number) =>
    queryOptions({
      queryKey: ["records", "list", { ...filter, words: undefined }, columns, n],
      queryFn: () => records.list(filter, columns, n * CHUNK, CHUNK),
      placeholderData: n === 0 ? keepPreviousData : undefined,
      gcTime: 60_000,
    }),
  /** How far the words are that can be looked for; asked again until they are ready. */
  searchable: () =>
    queryOptions({
      queryKey: ["records", "searchable"],
      queryFn: () => records.searchable(),
      refetchInterval: (q) => (q.state.data && !q.state.data.ready && !q.state.data.problem ? 1000 : false),
    }),
  one: (object: string, id: string) =>
    queryOptions({ queryKey: ["records", "one", object, id], queryFn: () => records.get(object, id) }),
};
