import { useSyncExternalStore } from "react";
import type { Filter } from "../api/types";

/** PAGES are all pages of an open project. */
export const PAGES = [
  "home", "source", "inventory", "profile", "records", "clean", "mapping", "connect", "target", "rebuild", "run", "held", "check", "delta", "report", "keep", "spots",
] as const;
export type PageName = (typeof PAGES)[number];

/** Route is where the window is: a page, what is open on it, and a question. */
export interface Route {
  page: PageName;
  /** The parts behind the page: an object, a field. */
  rest: string[];
  query: Record<string, string>;
}

/** Words that Go uses for a page which has another name here. */
const SAME: Record<string, PageName> = { plan: "run", runs: "run", checks: "check", reports: "report", tables: "source", "": "home" };

/** parseRoute reads "#/mapping/ticket?field=status"; anything unknown is the front page. */
export function parseRoute(hash: string): Route {
  const text = hash.replace(/^#?\/?/, "");
  const [path = "", search = ""] = text.split("?", 2);
  const [first = "", ...rest] = path.split("/").map(decodeURIComponent);
  const page = PAGES.find((p) => p === first) ?? SAME[first] ?? "home";
  return { page, rest: rest.filter((r) => r !== ""), query: Object.fromEntries(new URLSearchParams(search)) };
}

/** formatRoute writes what parseRoute reads. */
export function formatRoute(page: string, rest: string[] = [], query: Record<string, string> = {}): string {
  const search = new URLSearchParams(Object.entries(query).filter(([, v]) => v !== "")).toString();
  return `#/${[page, ...rest.map(encodeURIComponent)].join("/")}${search ? `?${search}` : ""}`;
}

/** recordsRoute opens the records behind a filter. */
export function recordsRoute(filter: Filter, id = ""): string {
  return formatRoute("records", [], { f: JSON.stringify(filter), id });
}

/** fixRoute opens where a group of held records is put right: for the mapping, at the very field. */
export function fixRoute(group: { page: string; object: string; field: string }): string {
  return group.page === "mapping" ? formatRoute("mapping", [group.object], { field: group.field }) : `#/${group.page}`;
}

function subscribe(f: () => void): () => void {
  window.addEventListener("hashchange", f);
  return () => window.removeEventListener("hashchange", f);
}

/** go opens a route, given as "#/page" or as Go names pages. */
export function go(to: string): void {
  window.location.hash = to.startsWith("#") ? to : `#/${to}`;
}

/** replace changes the route without a new step in the history. */
export function replace(to: string): void {
  window.history.replaceState(null, "", to);
  window.dispatchEvent(new HashChangeEvent("hashchange"));
}

/** useRoute follows the address. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  return parseRoute(hash);
}
