import { queryOptions } from "@tanstack/react-query";
import { source } from "../../api/services";

export const sourceQueries = {
  tables: () => queryOptions({ queryKey: ["source", "tables"], queryFn: source.tables }),
  problems: () => queryOptions({ queryKey: ["source", "problems"], queryFn: source.problems }),
};
