import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { mapping } from "../../api/services";
import type { FieldMap } from "../../api/types";
import { lacking, tidy } from "./model";

export const mapQueries = {
  view: () => queryOptions({ queryKey: ["mapping"], queryFn: mapping.get }),
  counts: (object: string, field: string) =>
    queryOptions({ queryKey: ["mapping", "counts", object, field], queryFn: () => mapping.valueCounts(object, field), enabled: field !== "" }),
  preview: (object: string, map: FieldMap) =>
    queryOptions({
      queryKey: ["mapping", "preview", object, tidy(map)],
      queryFn: () => mapping.preview(object, tidy(map)),
      enabled: lacking(map) === "",
      placeholderData: keepPreviousData,
      staleTime: 0,
    }),
  versions: () => queryOptions({ queryKey: ["mapping", "versions"], queryFn: mapping.versions }),
  diff: (a: number, b: number) => queryOptions({ queryKey: ["mapping", "diff", a, b], queryFn: () => mapping.diff(a, b), enabled: a !== b && a > 0 && b > 0 }),
};
