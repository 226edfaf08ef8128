import { queryOptions } from "@tanstack/react-query";
import { rebuild } from "../../api/services";

export const rebuildQueries = {
  view: () => queryOptions({ queryKey: ["rebuild"], queryFn: rebuild.view }),
  rule: (id: number) => queryOptions({ queryKey: ["rebuild", id], queryFn: () => rebuild.get(id) }),
};
