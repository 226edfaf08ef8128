import type { FormView, KindView, Side, SideView } from "../../api/types";

export type Values = Record<string, string>;

/** valueOf is what counts for a field: a choice that was not made is the first. */
export function valueOf(f: FormView, values: Values): string {
  return values[f.name] ?? f.options[0]?.value ?? "";
}

/** shown says whether a field counts with what is chosen: its condition is "name=value" or "name=a|b". */
export function shown(form: FormView[], f: FormView, values: Values): boolean {
  const at = f.when.indexOf("=");
  if (at < 0) return true;
  const other = form.find((x) => x.name === f.when.slice(0, at));
  if (!other || !shown(form, other, values)) return false;
  return f.when.slice(at + 1).split("|").map((v) => v.trim()).includes(valueOf(other, values));
}

/** missing names the fields that must be filled in and are not. A secret of the desk that is connected may stay free. */
export function missing(form: FormView[], values: Values, kept: boolean): string[] {
  return form.filter((f) => shown(form, f, values) && f.required && valueOf(f, values).trim() === "" && !(f.secret && kept)).map((f) => f.name);
}

/** settingsOf is what is sent: only what is shown. */
export function settingsOf(form: FormView[], values: Values): Values {
  return Object.fromEntries(form.filter((f) => shown(form, f, values)).map((f) => [f.name, valueOf(f, values).trim()]));
}

/** kindsOf lists the desks that can stand on a side, real ones first. */
export function kindsOf(kinds: KindView[], side: Side): KindView[] {
  const fit = kinds.filter((k) => (side === "source" ? k.source : k.target));
  const rank = (k: KindView) => (k.practice ? 2 : k.files ? 1 : 0);
  return [...fit].sort((a, b) => rank(a) - rank(b) || a.title.localeCompare(b.title));
}

/** sameDesk says that the form still leads to the desk that is connected, so that its token is known. */
export function sameDesk(kind: KindView, values: Values, side: SideView): boolean {
  return side.connected && !side.built_in && side.kind === kind.name && kind.form.filter((f) => f.address).every((f) => (values[f.name] ?? "").trim() === (side.settings[f.name] ?? ""));
}
