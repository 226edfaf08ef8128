import type { OwnRule, RuleObject, RuleShape } from "../../api/types-clean";

/** emptyRule is where making a rule begins. */
export function emptyRule(shape: RuleShape): OwnRule {
  const first = shape.objects.find((o) => o.object === "contact") ?? shape.objects[0];
  return { object: first?.object ?? "", does: "correct", where: [], field: (first?.fields.find((f) => /name|subject/i.test(f.name)) ?? first?.fields[0])?.name ?? "", how: "trim", settings: {} };
}

/** fits says which fields a way of correcting is for. */
export function fits(how: string, type: string): boolean {
  switch (how) {
    case "owner":
      return type === "link";
    case "tags":
      return type === "tags" || type === "options";
    case "date":
      return ["date", "datetime", "text"].includes(type);
    default:
      return !["link", "file", "json", "bool"].includes(type);
  }
}

/** waysFor lists the ways of correcting that a field can have. */
export function waysFor(shape: RuleShape, type: string): string[] {
  return [...shape.ways.map((w) => w.how), "owner"].filter((how) => fits(how, type));
}

/** settingsOf gives a way's settings their first values. */
export function settingsOf(shape: RuleShape, how: string): Record<string, string> {
  if (how === "owner") return { to: "" };
  return { ...(shape.ways.find((w) => w.how === how)?.settings ?? {}) };
}

/** withField keeps the way where the field can have it, else takes the first that it can have. */
export function withField(shape: RuleShape, rule: OwnRule, object: RuleObject | undefined, field: string): OwnRule {
  const type = object?.fields.find((f) => f.name === field)?.type ?? "text";
  const ways = waysFor(shape, type);
  const how = ways.includes(rule.how) ? rule.how : (ways[0] ?? "");
  return { ...rule, field, how, settings: how === rule.how ? rule.settings : settingsOf(shape, how) };
}

/** valuesText writes the values to replace as lines, and valuesJSON reads them. */
export function valuesText(json: string): string {
  try {
    return Object.entries(JSON.parse(json) as Record<string, string>)
      .map(([from, to]) => `${from} = ${to}`)
      .join("\n");
  } catch {
    return "";
  }
}

/** valuesJSON reads lines such as "old = new". */
export function valuesJSON(text: string): string {
  const out: Record<string, string> = {};
  for (const line of text.split("\n")) {
    const at = line.indexOf("=");
    if (at > 0) out[line.slice(0, at).trim()] = line.slice(at + 1).trim();
  }
  return JSON.stringify(out);
}

/** moved gives the order of a list after one of it went a step. */
export function moved(ids: number[], id: number, step: number): number[] {
  const at = ids.indexOf(id);
  const to = at + step;
  if (at < 0 || to < 0 || to >= ids.length) return ids;
  const out = ids.filter((x) => x !== id);
  out.splice(to, 0, id);
  return out;
}
