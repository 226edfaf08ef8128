import type { Icon } from "@tabler/icons-react";
import {
  IconArchive, IconArrowsExchange, IconChartBar, IconChecklist, IconDatabase, IconFileCertificate, IconFileImport, IconHandStop, IconHome, IconPlayerPlay,
  IconPlug, IconPlugConnected, IconRefresh, IconReportAnalytics, IconSparkles, IconTool,
} from "@tabler/icons-react";
import { formatRoute, go } from "../components/route";

/** Action is something that a person can do; menu, shortcut and palette read the same one. */
export interface Action {
  id: string;
  label: string;
  icon: Icon;
  /** Keys as KeyboardEvent.code with Alt, such as "Alt+1". */
  keys?: string;
  /** Why it can't be done now; empty when it can. */
  disabled?: string;
  run: () => void;
}

function page(id: string, label: string, icon: Icon, digit?: number): Action {
  return { id: `go.${id}`, label, icon, keys: digit === undefined ? undefined : `Alt+${digit}`, run: () => go(formatRoute(id)) };
}

/** PAGE_ACTIONS open the pages; the digits are the order of the work. */
export const PAGE_ACTIONS: Action[] = [
  page("home", "Overview: where the move stands", IconHome, 0),
  page("source", "Source: the export files", IconFileImport, 1),
  page("inventory", "Inventory: what is in there", IconReportAnalytics, 2),
  page("clean", "Clean: merge, archive, leave out", IconSparkles, 3),
  page("mapping", "Mapping: what becomes what", IconArrowsExchange, 4),
  page("target", "Target: connect and fill gaps", IconPlugConnected, 5),
  page("run", "Run: plan it, do it, take it back", IconPlayerPlay, 6),
  page("held", "Held back: what waits for a repair", IconHandStop, 7),
  page("check", "Check: did everything arrive", IconChecklist, 8),
  page("report", "Report: sign and print", IconFileCertificate, 9),
  page("connect", "Connect: the old and the new help desk", IconPlug),
  page("profile", "Profile: how full, how old, how sound", IconChartBar),
  page("rebuild", "Rebuild: rules, macros and SLAs of the old desk", IconTool),
  page("delta", "What changed: bring over what happened since", IconRefresh),
  page("keep", "Backup and archive: keep it safe, keep what stays, erase a person", IconArchive),
  page("records", "Records: look at any of them", IconDatabase),
];

/** matches says whether all words of a search occur in an action's label. */
export function matches(action: Action, search: string): boolean {
  const label = action.label.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => label.includes(word));
}

/** actionFor finds the action of a key press. */
export function actionFor(actions: Action[], e: Pick<KeyboardEvent, "altKey" | "ctrlKey" | "metaKey" | "code">): Action | undefined {
  if (!e.altKey || e.ctrlKey || e.metaKey) return undefined;
  const key = `Alt+${e.code.replace(/^(Digit|Key|Numpad)/, "")}`;
  return actions.find((a) => a.keys === key);
}
