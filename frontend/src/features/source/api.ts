import { queryOptions } from "@tanstack/react-query";
import { desks, source } from "../../api/services";

export const sourceQueries = {
  tables: () => queryOptions({ queryKey: ["source", "tables"], queryFn: source.tables }),
  desk: () => queryOptions({ queryKey: ["desks", "side", "source"], queryFn: () => desks.side("source") }),
  problems: () => queryOptions({ queryKey: ["source", "problems"], queryFn: source.problems }),
};
