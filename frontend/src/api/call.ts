import type { Problem } from "./types";

/** Failure is what every rejected call throws: an Error that carries a Problem. */
export class Failure extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.what);
    this.name = "Failure";
    this.problem = problem;
  }
}

function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && "what" in value && typeof value.what === "string" && value.what !== "";
}

/** toProblem reads whatever a call was rejected with: Wails sends JSON text inside an Error. */
export function toProblem(thrown: unknown): Problem {
  if (thrown instanceof Failure) return thrown.problem;
  if (isProblem(thrown)) return complete(thrown);
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  try {
    const parsed: unknown = JSON.parse(text);
    if (isProblem(parsed)) return complete(parsed);
  } catch {
    // Not JSON: an error that nobody wrote words for.
  }
  return {
    code: "window.unexpected",
    what: "Something went wrong that Waybill did not expect.",
    why: "Nothing was lost: the project file holds everything that was done before.",
    next: "Try again. If it happens again, copy the detail below and send it to whoever supports you.",
    detail: text,
  };
}

function complete(p: Problem): Problem {
  return { ...p, code: p.code || "unknown", why: p.why || "", next: p.next || "" };
}

/** isCode says whether something thrown is the problem with this code. */
export function isCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Failure && thrown.problem.code === code;
}

type Method = (...args: unknown[]) => Promise<unknown>;
/** Backend is window.go.api as Wails makes it, or the demo in development. */
export type Backend = Record<string, Record<string, Method | undefined> | undefined>;

let demo: Backend | undefined;

/** setBackend puts another backend in the place of Go: the demo, or a test's. */
export function setBackend(b: Backend | undefined): void {
  demo = b;
}

function backend(): Backend | undefined {
  return demo ?? (window as unknown as { go?: { api?: Backend } }).go?.api;
}

/** ready resolves when Go can be called; the bindings come with the page, so this is nearly at once. */
export async function ready(patienceMs = 15_000): Promise<void> {
  const began = Date.now();
  while (!backend()) {
    if (Date.now() - began > patienceMs) {
      throw new Failure({
        code: "window.no_engine",
        what: "The window cannot reach Waybill's engine.",
        why: "Without it nothing can be shown or changed. Your project is untouched.",
        next: "Close Waybill and open it again.",
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** call is the one door to Go. Every rejection becomes a Failure with a Problem. */
export async function call<T>(service: string, method: string, ...args: unknown[]): Promise<T> {
  try {
    const f = backend()?.[service]?.[method];
    // A call of an unknown method would stay pending for ever.
    if (!f) throw new Error(`${service}.${method} does not exist`);
    return (await f(...args)) as T;
  } catch (thrown) {
    throw new Failure(toProblem(thrown));
  }
}
