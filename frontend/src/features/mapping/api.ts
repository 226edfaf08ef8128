import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call } from "../../api/call";
import { mapping, target } from "../../api/services";
import type {
  CountedValue, DryView, FieldMap, LookupRule, LookupTable, PeopleMap, PersonPair, RouteCount, ShapeView, SureRow, SureView, TargetDrift, ValueListView,
} from "../../api/types";
import { lacking, tidy } from "./model";

/** What Go's Mapping does for the studio. */
export const studio = {
  undo: () => call<string>("Mapping", "Undo"),
  redo: () => call<string>("Mapping", "Redo"),
  sure: (object: string, percent: number) => call<SureView>("Mapping", "Sure", object, percent),
  values: (object: string, f: FieldMap) => call<ValueListView>("Mapping", "Values", object, f),
  createOption: (object: string, field: string, option: string) => call<null>("Mapping", "CreateOption", object, field, option),
  validate: () => call<string>("Mapping", "Validate"),
  validation: () => call<DryView>("Mapping", "Validation"),
  people: () => call<PeopleMap>("Mapping", "People"),
  readTargetPeople: () => call<string>("Mapping", "ReadTargetPeople"),
  proposePeople: () => call<null>("Mapping", "ProposePeople"),
  decidePeople: (pairs: PersonPair[]) => call<null>("Mapping", "DecidePeople", pairs),
  standIn: (object: string, to: string) => call<number>("Mapping", "StandIn", object, to),
  usePeople: (on: boolean) => call<number>("Mapping", "UsePeople", on),
  shape: () => call<ShapeView>("Mapping", "Shape"),
  freeze: (why: string) => call<null>("Mapping", "Freeze", why),
  drift: () => call<TargetDrift>("Mapping", "Drift"),
  tables: () => call<LookupTable[]>("Mapping", "Tables"),
  importTable: () => call<string>("Mapping", "ImportTable"),
  misses: (object: string, field: string, rule: LookupRule) => call<CountedValue[]>("Mapping", "Misses", object, field, rule),
  setRoute: (object: string, target: string, when: string, place: number) => call<null>("Mapping", "SetRoute", object, target, when, place),
  routes: (object: string) => call<RouteCount[]>("Mapping", "Routes", object),
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
  validation: () => queryOptions({ queryKey: ["mapping", "validation"], queryFn: studio.validation }),
  people: () => queryOptions({ queryKey: ["mapping", "people"], queryFn: studio.people }),
  shape: () => queryOptions({ queryKey: ["mapping", "shape"], queryFn: studio.shape }),
  // Under the target: what is created there, or asked anew, changes the list.
  gaps: () => queryOptions({ queryKey: ["target", "gaps"], queryFn: target.gaps }),
  tables: () => queryOptions({ queryKey: ["mapping", "tables"], queryFn: studio.tables }),
  misses: (object: string, field: string, rule: LookupRule) =>
    queryOptions({ queryKey: ["mapping", "misses", object, field, rule], queryFn: () => studio.misses(object, field, rule), enabled: field !== "" && rule.value !== "" }),
  routes: (object: string, enabled: boolean) => queryOptions({ queryKey: ["mapping", "routes", object], queryFn: () => studio.routes(object), enabled }),
  sure: (object: string, percent: number, enabled: boolean) => queryOptions({ queryKey: ["mapping", "sure", object, percent], queryFn: () => studio.sure(object, percent), enabled }),
};
