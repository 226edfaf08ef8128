import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";
import type { Spot } from "./studio";
import { curve, follow, type Line } from "./studio-model";
import css from "./studio.module.css";

const HEAD = 33;
const WIDTH = 84;

/** Places are where the fields of the two lists stand, and how far the lists are scrolled. */
interface Places {
  left: Map<string, number>;
  right: Map<string, number>;
  leftWhole: number;
  rightWhole: number;
  leftTop: number;
  rightTop: number;
  view: number;
}

const NOWHERE: Places = { left: new Map(), right: new Map(), leftWhole: 0, rightWhole: 0, leftTop: 0, rightTop: 0, view: 0 };

function measure(left: HTMLElement, right: HTMLElement): Places {
  const middles = (box: HTMLElement, attribute: string) => {
    const top = box.getBoundingClientRect().top - box.scrollTop + HEAD;
    const at = new Map<string, number>();
    for (const el of box.querySelectorAll<HTMLElement>(`[${attribute}]`)) {
      const r = el.getBoundingClientRect();
      at.set(el.getAttribute(attribute) ?? "", r.top + r.height / 2 - top);
    }
    return at;
  };
  return {
    left: middles(left, "data-source"), right: middles(right, "data-target"),
    leftWhole: left.scrollHeight - HEAD, rightWhole: right.scrollHeight - HEAD,
    leftTop: left.scrollTop, rightTop: right.scrollTop, view: right.clientHeight - HEAD,
  };
}

/** Lines draws the lines between two lists that scroll in step; who cannot see them reads the table. */
export function Lines({ lines, spot, left, right, mark }: { lines: Line[]; spot: Spot | null; left: RefObject<HTMLDivElement | null>; right: RefObject<HTMLDivElement | null>; mark: string }) {
  const [places, setPlaces] = useState(NOWHERE);
  const now = useRef(places);
  const shown = useRef(lines);
  useLayoutEffect(() => {
    shown.current = lines;
  }, [lines]);

  // Not a layout effect: the list on the right is there only after this part.
  useEffect(() => {
    const l = left.current;
    const r = right.current;
    if (!l || !r) return;
    const look = () => {
      now.current = measure(l, r);
      setPlaces(now.current);
    };
    look();
    if (typeof ResizeObserver === "undefined") return;
    const watch = new ResizeObserver(look);
    for (const el of [l, r, l.firstElementChild, r.firstElementChild]) if (el) watch.observe(el);
    return () => watch.disconnect();
  }, [left, right, mark, lines]);

  useEffect(() => {
    const l = left.current;
    const r = right.current;
    if (!l || !r) return;
    // A list that is moved by the other one must not move that one again.
    let moved: HTMLElement | null = null;
    const onScroll = (e: Event) => {
      const p = now.current;
      const mine = e.currentTarget as HTMLElement;
      if (moved === mine) moved = null;
      else {
        const fromRight = mine === r;
        const pairs = new Map<string, [number, number]>();
        for (const line of shown.current) {
          const a = p.left.get(line.source);
          const b = p.right.get(line.target);
          if (a !== undefined && b !== undefined && !pairs.has(line.source)) pairs.set(line.source, fromRight ? [b, a] : [a, b]);
        }
        const sorted = [...pairs.values()].sort((x, y) => x[0] - y[0]);
        const whole = { left: { whole: p.leftWhole, view: p.view }, right: { whole: p.rightWhole, view: p.view } };
        const other = fromRight ? l : r;
        const to = Math.round(follow(sorted, mine.scrollTop, fromRight ? whole.right : whole.left, fromRight ? whole.left : whole.right));
        if (Math.abs(other.scrollTop - to) > 1) {
          moved = other;
          other.scrollTop = to;
        }
      }
      now.current = { ...p, leftTop: l.scrollTop, rightTop: r.scrollTop };
      setPlaces(now.current);
    };
    l.addEventListener("scroll", onScroll, { passive: true });
    r.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      l.removeEventListener("scroll", onScroll);
      r.removeEventListener("scroll", onScroll);
    };
  }, [left, right]);

  const inSight = (y: number) => y > -4 && y < places.view + 4;
  const drawn = lines.flatMap((line) => {
    const a = places.left.get(line.source);
    const b = places.right.get(line.target);
    if (a === undefined || b === undefined) return [];
    const from = a - places.leftTop;
    const to = b - places.rightTop;
    if (!inSight(from) && !inSight(to)) return [];
    const on = spot !== null && (spot.side === "source" ? spot.name === line.source : spot.name === line.target);
    return [{ ...line, from, to, on }];
  });
  const any = drawn.some((d) => d.on);
  return (
    <div className={css.gap} aria-hidden>
      <svg className={css.lines} width={WIDTH} height={Math.max(0, places.view)}>
        {[...drawn.filter((d) => !d.on), ...drawn.filter((d) => d.on)].map((d) => (
          <g key={`${d.source}\n${d.target}`} className={css.line} data-state={d.state} data-on={d.on} data-off={any && !d.on}>
            <path d={curve(d.from, d.to, WIDTH)} />
            <circle cx={0} cy={d.from} r={3.5} />
            <circle cx={WIDTH} cy={d.to} r={3.5} />
          </g>
        ))}
      </svg>
    </div>
  );
}
