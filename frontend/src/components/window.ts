import { useCallback, useLayoutEffect, useState, type RefObject } from "react";

/** What browsers draw at most in one piece; a longer list is scrolled faster than by its rows. */
export const TALLEST = 12_000_000;

/** Sight is which rows of a long list are in sight, and where they are drawn. */
export interface Sight {
  height: number;
  first: number;
  last: number;
  /** The top of a row, in pixels from the top of the list. */
  top: (i: number) => number;
}

/** sight works out what is seen of count rows, at a place of the scroll bar. */
export function sight(count: number, row: number, scrollTop: number, view: number, spare = 12): Sight {
  const whole = count * row;
  const height = Math.min(whole, TALLEST);
  const room = Math.max(height - view, 1);
  const at = height < whole ? (Math.min(scrollTop, room) / room) * (whole - view) : scrollTop;
  const first = Math.max(0, Math.floor(at / row) - spare);
  const last = Math.min(count - 1, Math.ceil((at + view) / row) + spare);
  return { height, first, last, top: (i) => scrollTop + i * row - at };
}

/** scrollFor is the place of the scroll bar at which a row is in sight; undefined when it is already. */
export function scrollFor(i: number, count: number, row: number, scrollTop: number, view: number): number | undefined {
  const whole = count * row;
  const height = Math.min(whole, TALLEST);
  const room = Math.max(height - view, 1);
  const factor = height < whole ? (whole - view) / room : 1;
  const at = scrollTop * factor;
  if (i * row >= at && (i + 1) * row <= at + view) return undefined;
  const to = i * row < at ? i * row : (i + 1) * row - view;
  return Math.max(0, to / factor);
}

/** useSight follows the scroll bar of a box. */
export function useSight(box: RefObject<HTMLElement | null>, count: number, row: number, head: number): Sight & { show: (i: number) => void } {
  const [place, setPlace] = useState({ top: 0, view: 600 });
  const any = count > 0; // the box is there once something is
  useLayoutEffect(() => {
    const el = box.current;
    if (!el) return;
    const look = () => setPlace({ top: el.scrollTop, view: el.clientHeight - head });
    look();
    el.addEventListener("scroll", look, { passive: true });
    const watch = typeof ResizeObserver === "undefined" ? undefined : new ResizeObserver(look);
    watch?.observe(el);
    return () => {
      el.removeEventListener("scroll", look);
      watch?.disconnect();
    };
  }, [box, head, any]);
  const show = useCallback(
    (i: number) => {
      const el = box.current;
      if (!el) return;
      const to = scrollFor(i, count, row, el.scrollTop, el.clientHeight - head);
      if (to !== undefined) el.scrollTop = to;
    },
    [box, count, row, head],
  );
  return { ...sight(count, row, place.top, place.view), show };
}
