import { queryOptions } from "@tanstack/react-query";
import { desks } from "../../api/services";
import type { Side } from "../../api/types";

export const connectQueries = {
  kinds: () => queryOptions({ queryKey: ["desks", "kinds"], queryFn: desks.kinds, staleTime: Infinity }),
  side: (side: Side) => queryOptions({ queryKey: ["desks", "side", side], queryFn: () => desks.side(side) }),
  tidy: (kind: string, text: string) => queryOptions({ queryKey: ["desks", "tidy", kind, text], queryFn: () => desks.tidy(kind, text), enabled: text.trim() !== "", staleTime: Infinity }),
};
