import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { records } from "../../api/services";
import type { Filter } from "../../api/types";

const PAGE = 100;

export const recordQueries = {
  list: (filter: Filter, columns: string[]) =>
    infiniteQueryOptions({
      queryKey: ["records", "list", { ...filter, words: undefined }, columns],
      queryFn: ({ pageParam }) => records.list(filter, columns, pageParam, PAGE),
      initialPageParam: "",
      getNextPageParam: (last) => (last.after === "" ? undefined : last.after),
      placeholderData: keepPreviousData,
    }),
  one: (object: string, id: string) =>
    queryOptions({ queryKey: ["records", "one", object, id], queryFn: () => records.get(object, id) }),
};
