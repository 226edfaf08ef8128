import { IconLock, IconPaperclip } from "@tabler/icons-react";
import type { MessageView } from "../../api/types";
import { count, whenWithZone } from "../../components/format";
import { Mark, Pill } from "../../components/marks";
import { MessageFrame } from "../../components/message-frame";
import css from "./records.module.css";
import { words } from "./strings";

const w = words.panel;

/** Thread is a ticket's conversation as people know it: sides, private notes, files, original times. */
export function Thread({ messages }: { messages: MessageView[] }) {
  return (
    <div className="stack-tight">
      <p className="faint">{w.messages(count(messages.length))}</p>
      {messages.map((m) => (
        <Message key={m.id} message={m} />
      ))}
    </div>
  );
}

function Message({ message }: { message: MessageView }) {
  const m = message;
  const author = m.author === "" ? w.unknownAuthor : m.author;
  const kind = { customer: w.customer, contact: w.customer, agent: w.agent, system: w.system }[m.author_kind] ?? "";
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
      <MessageFrame html={m.html} title={w.message(author)} />
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
