import {
  IconAlertOctagon, IconAlertTriangle, IconCircle, IconCircleCheck, IconCircleDot, IconInfoCircle, type Icon,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import css from "./marks.module.css";

export type Tone = "pass" | "warn" | "fail" | "note" | "faint" | "accent";

const ICONS: Record<Tone, Icon> = {
  pass: IconCircleCheck, warn: IconAlertTriangle, fail: IconAlertOctagon, note: IconInfoCircle, faint: IconCircle, accent: IconCircleDot,
};

/** Mark is a state: a colour, an icon and a word, never one of them alone. */
export function Mark({ tone, icon, children, size = 16 }: { tone: Tone; icon?: Icon; children?: ReactNode; size?: number }) {
  const Shape = icon ?? ICONS[tone];
  return (
    <span className={css.mark} data-tone={tone}>
      <Shape size={size} aria-hidden stroke={1.9} />
      {children}
    </span>
  );
}

/** toneOf finds the tone of a severity or of a task's state. */
export function toneOf(state: string): Tone {
  const tones: Record<string, Tone> = {
    info: "note", warn: "warn", stop: "fail", done: "pass", current: "accent", todo: "faint", attention: "warn",
    running: "accent", paused: "warn", failed: "fail", cancelled: "faint", interrupted: "warn", rolled_back: "note",
  };
  return tones[state] ?? "faint";
}

/** Verdict answers a page's question in one sentence. */
export function Verdict({ tone, title, children }: { tone: "pass" | "warn" | "fail" | "note"; title: string; children?: ReactNode }) {
  const Shape = ICONS[tone];
  return (
    <div className={css.verdict} data-tone={tone} role="status">
      <Shape size={24} aria-hidden />
      <div className="grow">
        <h2>{title}</h2>
        {children}
      </div>
    </div>
  );
}

/** Pill is a small label. */
export function Pill({ children, title }: { children: ReactNode; title?: string }) {
  return (
    <span className={css.pill} title={title}>
      {children}
    </span>
  );
}
