import type { FormulaFix, FormulaFunction, FormulaLook, FormulaPiece, FormulaProposal } from "../../api/types-formula";

/** Part is a stretch of the text as it is painted. */
export interface Part {
  text: string;
  kind: string;
  wrong: boolean;
}

/** common is how many characters two texts begin with alike. */
export function common(a: string, b: string): number {
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i++;
  return i;
}

/**
 * paint cuts a text into parts for colours. look was made of an earlier text while somebody
 * types: what both begin with keeps its colours, the rest waits for the next look.
 */
export function paint(text: string, look: FormulaLook | undefined, of: string): Part[] {
  const known = look ? (of === text ? text.length : common(text, of)) : 0;
  const wrong = look?.mistake && of === text ? look.mistake : null;
  const cuts = new Set([0, text.length]);
  const pieces = (look?.pieces ?? []).filter((p) => p.to <= known);
  for (const p of pieces) cuts.add(p.from).add(p.to);
  if (wrong) cuts.add(Math.min(wrong.from, text.length)).add(Math.min(wrong.to, text.length));
  const at = [...cuts].sort((a, b) => a - b);
  const out: Part[] = [];
  for (let i = 0; i + 1 < at.length; i++) {
    const from = at[i] ?? 0;
    const to = at[i + 1] ?? 0;
    out.push({ text: text.slice(from, to), kind: kindAt(pieces, from), wrong: wrong !== null && wrong.from <= from && to <= wrong.to });
  }
  // A mistake at the end has no character of its own.
  if (wrong && wrong.from >= text.length) out.push({ text: " ", kind: "", wrong: true });
  return out;
}

function kindAt(pieces: FormulaPiece[], at: number): string {
  return pieces.find((p) => p.from <= at && at < p.to)?.kind ?? "";
}

/** Change is a text with the place of its cursor. */
export interface Change {
  text: string;
  cursor: number;
}

/** take writes a proposal into the text. */
export function take(text: string, look: FormulaLook, p: FormulaProposal): Change {
  return { text: text.slice(0, look.from) + p.insert + text.slice(look.to), cursor: look.from + p.insert.length - p.back };
}

/** mend makes a change that corrects a mistake. */
export function mend(text: string, fix: FormulaFix): Change {
  return { text: text.slice(0, fix.from) + fix.text + text.slice(fix.to), cursor: fix.from + fix.text.length };
}

/** insert puts a text where the cursor stands. */
export function insert(text: string, at: number, what: string, back = 0): Change {
  return { text: text.slice(0, at) + what + text.slice(at), cursor: at + what.length - back };
}

/** typed tells whether a name or a bracket was just typed, so that proposals are wanted. */
export function typed(text: string, cursor: number): boolean {
  return cursor > 0 && /[\p{L}\p{N}_.[]/u.test(text[cursor - 1] ?? "") && !/^[\d.]+$/.test(text.slice(0, cursor).match(/[\p{L}\p{N}_.]*$/u)?.[0] ?? "x");
}

/** Argument of a function as its use shows it. */
export interface Argument {
  text: string;
  here: boolean;
}

/** argumentsOf parts "LEFT(text, [count])" and marks the argument at the cursor. */
export function argumentsOf(f: FormulaFunction): Argument[] {
  const open = f.use.indexOf("(");
  const names = f.use.slice(open + 1, f.use.lastIndexOf(")")).split(",").map((a) => a.trim()).filter((a) => a !== "");
  const more = names.indexOf("…");
  let at = f.argument;
  if (more >= 0 && at >= more) at = names.length - 1 > more && at >= names.length ? names.length - 1 : more;
  return names.map((text, i) => ({ text, here: i === Math.min(at, names.length - 1) }));
}

/** found filters functions by name and help, those first whose name begins with it. */
export function found(all: FormulaFunction[], text: string): FormulaFunction[] {
  const t = text.trim().toLowerCase();
  if (t === "") return all;
  const rank = (f: FormulaFunction) => (f.name.toLowerCase().startsWith(t) ? 0 : f.name.toLowerCase().includes(t) ? 1 : 2);
  return all.filter((f) => `${f.name} ${f.help}`.toLowerCase().includes(t)).sort((a, b) => rank(a) - rank(b));
}
