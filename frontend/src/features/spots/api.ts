import { queryOptions } from "@tanstack/react-query";
import { call } from "../../api/call";
import type { SpotPair, SpotsView } from "../../api/types-spots";

/** spots is the struct that Go binds for this page. */
export const spots = {
  view: () => call<SpotsView>("Spots", "View"),
  choose: (reviewers: string[], each: number, hard: number) => call<number>("Spots", "Choose", reviewers, each, hard),
  pair: (seq: number) => call<SpotPair>("Spots", "Pair", seq),
  judge: (seq: number, verdict: string, note: string, picture: boolean) => call<boolean>("Spots", "Judge", seq, verdict, note, picture),
};

export const spotsQuery = queryOptions({ queryKey: ["spots"], queryFn: spots.view });
export const pairQuery = (seq: number) => queryOptions({ queryKey: ["spots", "pair", seq], queryFn: () => spots.pair(seq) });
