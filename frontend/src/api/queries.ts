import { queryOptions } from "@tanstack/react-query";
import { app, records } from "./services";

// What more than one page asks for. Features keep their own questions in their api.ts.
export const queries = {
  start: () => queryOptions({ queryKey: ["start"], queryFn: app.start }),
  home: () => queryOptions({ queryKey: ["home"], queryFn: app.home }),
  objects: () => queryOptions({ queryKey: ["objects"], queryFn: records.objects }),
};
