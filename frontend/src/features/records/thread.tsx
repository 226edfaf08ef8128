import { useComputedColorScheme } from "@mantine/core";
import { IconLock, IconPaperclip } from "@tabler/icons-react";
import DOMPurify from "dompurify";
import { useMemo } from "react";
import type { MessageView } from "../../api/types";
import { count, whenWithZone } from "../../components/format";
import { Mark, Pill } from "../../components/marks";
import css from "./records.module.css";
import { words } from "./strings";

const w = words.panel;

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

/** Thread is a ticket's conversation as people know it: sides, private notes, files, original times. */
export function Thread({ messages }: { messages: MessageView[] }) {
  const scheme = useComputedColorScheme("light");
  return (
    <div className="stack-tight">
      <p className="faint">{w.messages(count(messages.length))}</p>
      {messages.map((m) => (
        <Message key={m.id} message={m} scheme={scheme} />
      ))}
    </div>
  );
}

function Message({ message, scheme }: { message: MessageView; scheme: string }) {
  const m = message;
  const author = m.author === "" ? w.unknownAuthor : m.author;
  const kind = { customer: w.customer, contact: w.customer, agent: w.agent, system: w.system }[m.author_kind] ?? "";
  const page = useMemo(() => {
    // A frame does not inherit the tokens; it gets the two that it needs.
    const style = getComputedStyle(document.documentElement);
    const value = (name: string) => style.getPropertyValue(name).trim() || "inherit";
    return frameDocument(m.html, { text: value("--text"), link: value("--accent"), font: "system-ui, sans-serif", scheme });
  }, [m.html, scheme]);
  return (
    <article className={css.message} data-side={kind === w.agent ? "agent" : "customer"} data-private={m.private} aria-label={w.message(author)}>
      <header>
        <strong>{author}</strong>
        <span className="faint">{kind}</span>
        {m.private && (
          <Mark tone="warn" icon={IconLock} size={14}>
            {w.private}
          </Mark>
        )}
        <time className="faint" dateTime={m.at}>
          {whenWithZone(m.at)}
        </time>
      </header>
      {/* Never allow-scripts, never allow-same-origin: see shared/design/wails.md, section 10. */}
      <iframe sandbox="" referrerPolicy="no-referrer" loading="lazy" title={w.message(author)} srcDoc={page} style={{ height: heightFor(m.html), colorScheme: scheme }} />
      {m.attachments.length > 0 && (
        <div className={css.files}>
          {m.attachments.map((a, i) => (
            <Pill key={i} title={a.value}>
              <IconPaperclip size={13} aria-hidden />
              {a.name}
              {a.value !== "" && <span className="faint">{a.value}</span>}
            </Pill>
          ))}
        </div>
      )}
    </article>
  );
}
