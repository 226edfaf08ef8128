import { queryOptions } from "@tanstack/react-query";
import { call } from "../../api/call";
import { profiles } from "../../api/services";
import type { ClustersView } from "../../api/types-clean";

export const profileQueries = {
  overview: () => queryOptions({ queryKey: ["profile"], queryFn: profiles.overview }),
  clusters: () => queryOptions({ queryKey: ["clean", "clusters"], queryFn: () => call<ClustersView[]>("Clean", "Clusters") }),
  field: (object: string, field: string) => queryOptions({ queryKey: ["profile", object, field], queryFn: () => profiles.field(object, field) }),
};
