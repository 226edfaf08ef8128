import { ActionIcon } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useEffect, useRef, type ReactNode } from "react";
import css from "./page.module.css";
import { words } from "./strings";

/** Page is a page's head, its content, and the panel on its right if something is open. */
export function Page(props: {
  title: string;
  lead?: ReactNode;
  actions?: ReactNode;
  panel?: ReactNode;
  /** The content scrolls inside itself (a long list) and not the page. */
  fixed?: boolean;
  children: ReactNode;
}) {
  const { title, lead, actions, panel, fixed = false, children } = props;
  useEffect(() => {
    document.title = `${title} – Waybill`;
  }, [title]);
  return (
    <div className={`${css.page} ${fixed ? css.fixed : ""}`}>
      <div className={css.scroll}>
        <div className={css.inner}>
          <header className={css.head}>
            <div>
              <h1>{title}</h1>
              {lead !== undefined && <p className={css.lead}>{lead}</p>}
            </div>
            {actions !== undefined && <div className={css.actions}>{actions}</div>}
          </header>
          {children}
        </div>
      </div>
      {panel}
    </div>
  );
}

/** SidePanel holds the detail of one thing; the list beside it stays where it was. */
export function SidePanel(props: { title: string; sub?: ReactNode; onClose: () => void; foot?: ReactNode; wide?: boolean; children: ReactNode }) {
  const { title, sub, onClose, foot, wide = false, children } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    heading.current?.focus({ preventScroll: true });
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    <aside
      className={`${css.panel} ${wide ? css.wide : ""}`}
      aria-label={title}
      onKeyDown={(e) => {
        if (e.key === "Escape" && !e.defaultPrevented) {
          e.stopPropagation();
          onClose();
        }
      }}
    >
      <div className={css.panelHead}>
        <div className="grow">
          <h2 ref={heading} tabIndex={-1}>
            {title}
          </h2>
          {sub}
        </div>
        <ActionIcon variant="subtle" color="gray" onClick={onClose} aria-label={words.close}>
          <IconX size={18} />
        </ActionIcon>
      </div>
      <div className={css.panelBody}>{children}</div>
      {foot !== undefined && <div className={css.panelFoot}>{foot}</div>}
    </aside>
  );
}

/** Empty says what will be here, why it helps, and holds the one button that fills it. */
export function Empty({ title, children, buttons }: { title: string; children: ReactNode; buttons?: ReactNode }) {
  return (
    <div className={css.empty}>
      <h2>{title}</h2>
      {typeof children === "string" ? <p>{children}</p> : children}
      {buttons !== undefined && <div className={css.buttons}>{buttons}</div>}
    </div>
  );
}

/** Section is a titled part of a page. */
export function Section({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className={css.section} aria-label={title}>
      <div className={css.sectionHead}>
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

export interface Tab {
  id: string;
  title: string;
  href: string;
  note?: string;
  /** The note counts work that is left. */
  left?: boolean;
}

/** Tabs are links between the views of a page. */
export function Tabs({ tabs, open, label }: { tabs: Tab[]; open: string; label: string }) {
  return (
    <nav className={css.tabs} aria-label={label}>
      {tabs.map((t) => (
        <a key={t.id} href={t.href} className={css.tab} aria-current={t.id === open ? "page" : undefined}>
          {t.title}
          {t.note !== undefined && t.note !== "" && <small data-left={t.left === true}>{t.note}</small>}
        </a>
      ))}
    </nav>
  );
}
