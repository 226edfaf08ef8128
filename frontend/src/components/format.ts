// Numbers, times and sizes as the person's locale writes them.

const whole = new Intl.NumberFormat();
const one = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

/** count writes a whole number with its thousands apart. */
export function count(n: number): string {
  return whole.format(n);
}

/** decimal writes a number with at most one digit behind the point. */
export function decimal(n: number): string {
  return one.format(n);
}

/** percent writes a share; it says 100 % or 0 % only when that is exact. */
export function percent(part: number, all: number): string {
  if (all === 0) return "–";
  if (part === 0) return "0 %";
  if (part === all) return "100 %";
  const p = (part / all) * 100;
  if (p < 0.1) return `<${one.format(0.1)} %`;
  if (p > 99.9) return `>${one.format(99.9)} %`;
  return p < 10 || p > 90 ? `${one.format(p)} %` : `${whole.format(Math.round(p))} %`;
}

/** plural picks the word for a number. */
export function plural(n: number, single: string, many: string): string {
  return `${count(n)} ${n === 1 ? single : many}`;
}

/** size writes bytes for people. */
export function size(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let n = bytes;
  let i = 0;
  while (n >= 1000 && i < units.length - 1) {
    n /= 1000;
    i++;
  }
  return `${i === 0 ? count(n) : decimal(n)} ${units[i] ?? ""}`;
}

/** duration writes seconds in words: "about 3 min", "1 h 20 min". */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  const minutes = Math.round(s / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (hours < 48) return rest === 0 ? `${hours} h` : `${hours} h ${rest} min`;
  return `${decimal(hours / 24)} days`;
}

/** between writes how long something took. */
export function between(from: string, to: string): string {
  const ms = Date.parse(to) - Date.parse(from);
  return Number.isNaN(ms) ? "" : ms < 1000 ? "under 1 s" : duration(ms / 1000);
}

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const momentWithZone = new Intl.DateTimeFormat(undefined, {
  year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
});
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

/** when writes an RFC 3339 time; what is not a time stays as it is. */
export function when(at: string): string {
  const t = Date.parse(at);
  return Number.isNaN(t) ? at : moment.format(t);
}

/** whenWithZone also names the zone. */
export function whenWithZone(at: string): string {
  const t = Date.parse(at);
  return Number.isNaN(t) ? at : momentWithZone.format(t);
}

/** ago writes a time as people say it, for the last day. */
export function ago(at: string, now: number = Date.now()): string {
  const t = Date.parse(at);
  if (Number.isNaN(t)) return at;
  const s = (now - t) / 1000;
  if (s < 60) return "just now";
  if (s < 3600) return `${Math.floor(s / 60)} min ago`;
  if (new Date(now).toDateString() === new Date(t).toDateString()) return clock.format(t);
  return moment.format(t);
}

/** timeOf writes a time of today by its clock, any other with its day. */
export function timeOf(at: string, now: number = Date.now()): string {
  const t = Date.parse(at);
  if (Number.isNaN(t)) return at;
  return new Date(now).toDateString() === new Date(t).toDateString() ? clock.format(t) : moment.format(t);
}

/** shortPath leaves out the middle of a long path, never its end. */
export function shortPath(path: string, max = 44): string {
  if (path.length <= max) return path;
  const parts = path.split(/[\\/]/);
  const last = parts.at(-1) ?? path;
  const head = path.slice(0, Math.max(4, max - last.length - 3));
  return `${head}…${path.includes("\\") ? "\\" : "/"}${last}`;
}

const OBJECTS: Record<string, [string, string]> = {
  organization: ["company", "Companies"],
  contact: ["customer", "Customers"],
  agent: ["agent", "Agents"],
  group: ["group", "Groups"],
  ticket: ["ticket", "Tickets"],
  message: ["message", "Messages"],
  attachment: ["attachment", "Attachments"],
  article: ["help article", "Help articles"],
};

/** objectTitle is what people call an object, in the plural. */
export function objectTitle(object: string): string {
  const [kind = "", source] = object.split("@", 2);
  const title = OBJECTS[kind]?.[1] ?? kind.charAt(0).toUpperCase() + kind.slice(1);
  return source === undefined ? title : `${title} (${source.replaceAll("-", " ")})`;
}

/** objectWord is one record of it, in a sentence. */
export function objectWord(object: string): string {
  const kind = object.split("@", 1)[0] ?? object;
  return OBJECTS[kind]?.[0] ?? kind;
}

/** KNOWN_OBJECTS in the order in which they load. */
export const KNOWN_OBJECTS = Object.keys(OBJECTS);

const TYPES: Record<string, string> = {
  text: "Text", longtext: "Long text", html: "Formatted text", number: "Number", integer: "Whole number", bool: "Yes or no",
  date: "Date", datetime: "Date and time", email: "E-mail address", phone: "Phone number", url: "Web address",
  option: "One of a list", options: "Several of a list", tags: "Tags", link: "Points to a record", file: "File", json: "Structured",
};

/** typeTitle is a field type in words. */
export function typeTitle(type: string): string {
  return TYPES[type] ?? type;
}

/** FIELD_TYPES that a person may choose for a column. */
export const FIELD_TYPES = ["text", "longtext", "html", "number", "integer", "bool", "date", "datetime", "email", "phone", "url", "option", "options", "tags"];
