// What the window asks of Wails itself. Each does something sensible in a plain browser.

interface Runtime {
  EventsOn?: (name: string, f: (payload: unknown) => void) => () => void;
  OnFileDrop?: (f: (x: number, y: number, paths: string[]) => void, useDropTarget: boolean) => void;
  OnFileDropOff?: () => void;
  BrowserOpenURL?: (url: string) => void;
  ClipboardSetText?: (text: string) => Promise<boolean>;
}

function runtime(): Runtime | undefined {
  return (window as unknown as { runtime?: Runtime }).runtime;
}

const local = new EventTarget();

/** emitLocal sends an event as Go would; only the demo and tests use it. */
export function emitLocal(name: string, payload: unknown): void {
  local.dispatchEvent(new CustomEvent(name, { detail: payload }));
}

/** onEvent listens for an event of Go's and returns how to stop. */
export function onEvent(name: string, f: (payload: unknown) => void): () => void {
  const off = runtime()?.EventsOn?.(name, f);
  const listener = (e: Event) => f((e as CustomEvent<unknown>).detail);
  local.addEventListener(name, listener);
  return () => {
    off?.();
    local.removeEventListener(name, listener);
  };
}

type Dropped = (paths: string[]) => void;
const takers: Dropped[] = [];
let listening = false;

/** onFileDrop gives the absolute paths of files dropped on the window to the newest taker. */
export function onFileDrop(f: Dropped): () => void {
  takers.push(f);
  const rt = runtime();
  if (!listening && rt?.OnFileDrop) {
    listening = true;
    rt.OnFileDrop((_x, _y, paths) => takers.at(-1)?.(paths), false);
  }
  return () => {
    takers.splice(takers.indexOf(f), 1);
  };
}

/** openOutside shows an address in the system's browser; the window itself never leaves its page. */
export function openOutside(url: string): void {
  if (/^(https?|mailto):/i.test(url)) runtime()?.BrowserOpenURL?.(url);
}

/** copyText puts text on the clipboard. */
export async function copyText(text: string): Promise<void> {
  const set = runtime()?.ClipboardSetText;
  if (set) await set(text);
  else await navigator.clipboard.writeText(text);
}
