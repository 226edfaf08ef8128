import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { delta } from "../../api/services";

const PAGE = 50;

export const deltaQueries = {
  view: () => queryOptions({ queryKey: ["delta", "view"], queryFn: delta.view }),
  rows: (plan: string, kind: "conflict" | "gone") =>
    infiniteQueryOptions({
      queryKey: ["delta", kind, plan],
      queryFn: ({ pageParam }) => (kind === "gone" ? delta.gone : delta.conflicts)(plan, pageParam, PAGE),
      initialPageParam: 0,
      getNextPageParam: (last) => (last.after > 0 ? last.after : undefined),
    }),
};
