import { useComputedColorScheme } from "@mantine/core";
import DOMPurify from "dompurify";
import { useMemo } from "react";

/** clean is the second wall: Go has sanitised already. No style, form, frame or picture from elsewhere. */
export function clean(html: string): string {
  return DOMPurify.sanitize(html, {
    FORBID_TAGS: ["style", "form", "input", "button", "base", "meta", "link", "iframe", "object", "embed", "svg", "math", "video", "audio"],
    FORBID_ATTR: ["style", "srcset", "background", "action", "formaction", "ping"],
    ALLOWED_URI_REGEXP: /^(?:data:image\/|https?:|mailto:|tel:|#)/i,
  });
}

/**
 * frameDocument is the whole page of a frame: its own policy lets nothing load and nothing
 * run. Without the window's colour scheme a browser paints it white.
 */
export function frameDocument(html: string, look: { text: string; link: string; font: string; scheme: string }): string {
  return `<!doctype html><html style="color-scheme:${look.scheme}"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"><style>
body{margin:0;padding:4px 12px 10px;font:14px/20px ${look.font};color:${look.text};overflow-wrap:anywhere;background:transparent}
a{color:${look.link};pointer-events:none}img{max-width:100%;height:auto}p{margin:0 0 8px}p:last-child{margin:0}pre{white-space:pre-wrap}
blockquote{margin:0 0 8px;padding-left:10px;border-left:3px solid;opacity:.75}table{max-width:100%}</style></head><body dir="auto">${clean(html)}</body></html>`;
}

/** heightFor guesses how high a frame must be; it cannot be measured from outside, and scrolls beyond. */
export function heightFor(html: string): number {
  const text = html.replace(/<[^>]*>/g, "");
  const breaks = (html.match(/<(br|p|div|li|tr|h\d|blockquote)\b/gi) ?? []).length + (text.match(/\n/g) ?? []).length;
  const lines = Math.max(1, Math.ceil(text.length / 54) + Math.max(0, breaks - 1) * 0.9);
  return Math.min(360, Math.round(22 + lines * 20 + (/<img/i.test(html) ? 160 : 0)));
}

/** MessageFrame shows what a customer wrote, where it can do nothing. */
export function MessageFrame({ html, title }: { html: string; title: string }) {
  const scheme = useComputedColorScheme("light");
  const page = useMemo(() => {
    // A frame does not inherit the tokens; it gets the two that it needs.
    const style = getComputedStyle(document.documentElement);
    const value = (name: string) => style.getPropertyValue(name).trim() || "inherit";
    return frameDocument(html, { text: value("--text"), link: value("--accent"), font: "system-ui, sans-serif", scheme });
  }, [html, scheme]);
  // Never allow-scripts, never allow-same-origin: see shared/design/wails.md, section 10.
  return <iframe sandbox="" referrerPolicy="no-referrer" loading="lazy" title={title} srcDoc={page} style={{ height: heightFor(html), colorScheme: scheme }} />;
}
