import type { RepairView } from "../../api/types";

/** Answer is what a person said about one repair. */
export interface Answer {
  text: string;
  values: Record<string, string>;
}

export const NO_ANSWER: Answer = { text: "", values: {} };

/** answered counts the values that were answered. */
export function answered(r: RepairView, a: Answer): number {
  return r.values.filter((v) => (a.values[v.value] ?? "").trim() !== "").length;
}

/** complete says whether a repair has the answer that it needs. */
export function complete(r: RepairView | undefined, a: Answer): boolean {
  if (!r) return false;
  if (r.asks === "values") return answered(r, a) > 0;
  return r.asks === "none" || a.text.trim() !== "";
}

/** valueOf writes an answer as Go reads it: a text, or a JSON object of old and new values. */
export function valueOf(r: RepairView, a: Answer): string {
  if (r.asks === "none") return "";
  if (r.asks !== "values") return a.text.trim();
  return JSON.stringify(Object.fromEntries(r.values.filter((v) => (a.values[v.value] ?? "").trim() !== "").map((v) => [v.value, (a.values[v.value] ?? "").trim()])));
}
