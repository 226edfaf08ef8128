import { openOutside } from "../api/wails";

/**
 * keepTheWindow stops everything that would take the window away from its page: a click
 * on a link to the outside, and a file dropped where nothing takes it.
 */
export function keepTheWindow(): () => void {
  const onClick = (e: MouseEvent) => {
    const link = e.target instanceof Element ? e.target.closest("a[href]") : null;
    const href = link?.getAttribute("href") ?? "";
    if (!link || href.startsWith("#")) return;
    e.preventDefault();
    openOutside(href);
  };
  const stop = (e: Event) => e.preventDefault();
  document.addEventListener("click", onClick, true);
  document.addEventListener("auxclick", onClick, true);
  window.addEventListener("dragover", stop);
  window.addEventListener("drop", stop);
  return () => {
    document.removeEventListener("click", onClick, true);
    document.removeEventListener("auxclick", onClick, true);
    window.removeEventListener("dragover", stop);
    window.removeEventListener("drop", stop);
  };
}
