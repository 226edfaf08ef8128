import { queryOptions } from "@tanstack/react-query";
import { profiles } from "../../api/services";

export const profileQueries = {
  overview: () => queryOptions({ queryKey: ["profile"], queryFn: profiles.overview }),
  field: (object: string, field: string) => queryOptions({ queryKey: ["profile", object, field], queryFn: () => profiles.field(object, field) }),
};
