import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call } from "../../api/call";
import { mapping } from "../../api/services";
import type { FieldMap, SureRow, SureView, ValueListView } from "../../api/types";
import { lacking, tidy } from "./model";

/** What Go's Mapping does for the studio. */
export const studio = {
  undo: () => call<string>("Mapping", "Undo"),
  redo: () => call<string>("Mapping", "Redo"),
  sure: (object: string, percent: number) => call<SureView>("Mapping", "Sure", object, percent),
  values: (object: string, f: FieldMap) => call<ValueListView>("Mapping", "Values", object, f),
  createOption: (object: string, field: string, option: string) => call<null>("Mapping", "CreateOption", object, field, option),
  acceptSure: (rows: SureRow[]) => call<number>("Mapping", "AcceptSure", rows),
};

export const mapQueries = {
  view: () => queryOptions({ queryKey: ["mapping"], queryFn: mapping.get }),
  values: (object: string, f: FieldMap) =>
    queryOptions({ queryKey: ["mapping", "values", object, f.target, f.sources?.[0] ?? ""], queryFn: () => studio.values(object, f), enabled: (f.sources?.[0] ?? "") !== "", staleTime: 0 }),
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
  sure: (object: string, percent: number, enabled: boolean) => queryOptions({ queryKey: ["mapping", "sure", object, percent], queryFn: () => studio.sure(object, percent), enabled }),
};
