import { IconArchive, IconArrowMerge, IconCircleCheck, IconCircleMinus, IconClock, IconHandStop } from "@tabler/icons-react";
import css from "./fate.module.css";

/** FATES in the order of the manifest: each has a colour, an icon and a word. */
export const FATES = [
  { id: "moved", word: "Moved", icon: IconCircleCheck, color: "var(--fate-moved)", text: "var(--fate-moved)" },
  { id: "merged", word: "Merged", icon: IconArrowMerge, color: "var(--fate-merged)", text: "var(--fate-merged)" },
  { id: "archived", word: "Archived", icon: IconArchive, color: "var(--fate-archived)", text: "var(--fate-archived)" },
  { id: "left_out", word: "Left out", icon: IconCircleMinus, color: "var(--fate-left-out)", text: "var(--fate-left-out-text)" },
  { id: "held", word: "Held back", icon: IconHandStop, color: "var(--fate-held)", text: "var(--fate-held)" },
  { id: "pending", word: "Waiting", icon: IconClock, color: "var(--hatch)", text: "var(--fate-pending-text)" },
] as const;
export type FateID = (typeof FATES)[number]["id"];

const PENDING = FATES[5];

/** fateOf finds a fate by its id; an unknown one waits. */
export function fateOf(id: string): (typeof FATES)[number] {
  return FATES.find((f) => f.id === id) ?? PENDING;
}

/** Fate is where a record ended, as icon and word. */
export function Fate({ id, size = 15 }: { id: string; size?: number }) {
  const f = fateOf(id);
  return (
    <span className={css.fate} style={{ color: f.text }}>
      <f.icon size={size} aria-hidden stroke={1.9} />
      <span>{f.word}</span>
    </span>
  );
}
