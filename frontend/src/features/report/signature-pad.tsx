import { Button } from "@mantine/core";
import { useRef, useState, type PointerEvent } from "react";
import css from "./report.module.css";
import { words } from "./strings";

/** The field that a signature is drawn on, as Go reads it. */
const WIDTH = 1000;
const HEIGHT = 300;
const MOST = 55_000;

/** path makes strokes ("x,y x,y;x,y") into an SVG path. */
export function path(drawn: string): string {
  return drawn
    .split(";")
    .filter((s) => s !== "")
    .map((s) => "M" + s.split(" ").map((p) => p.replace(",", " ")).join("L") + (s.includes(" ") ? "" : "l1 0"))
    .join("");
}

/** Drawn shows a signature that was drawn by hand. */
export function Drawn({ drawn, label }: { drawn: string; label: string }) {
  return (
    <svg className={css.drawn} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={label}>
      <path d={path(drawn)} />
    </svg>
  );
}

/** SignaturePad lets a person draw their signature. The typed name counts without it. */
export function SignaturePad({ drawn, onChange }: { drawn: string; onChange: (drawn: string) => void }) {
  const field = useRef<SVGSVGElement>(null);
  const [stroke, setStroke] = useState("");
  const at = (e: PointerEvent) => {
    const box = field.current?.getBoundingClientRect();
    if (box === undefined || box.width === 0) return "0,0";
    const on = (v: number, most: number) => Math.round(Math.min(Math.max(v, 0), 1) * most);
    return `${on((e.clientX - box.left) / box.width, WIDTH)},${on((e.clientY - box.top) / box.height, HEIGHT)}`;
  };
  const end = () => {
    if (stroke === "") return;
    onChange(drawn === "" ? stroke : `${drawn};${stroke}`);
    setStroke("");
  };
  return (
    <div>
      <div className="between">
        <span className={css.label}>{words.drawn}</span>
        <Button size="compact-xs" variant="subtle" disabled={drawn === ""} onClick={() => onChange("")}>
          {words.drawAgain}
        </Button>
      </div>
      <svg
        ref={field}
        className={css.pad}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={drawn === "" ? words.padEmpty : words.padDrawn}
        onPointerDown={(e) => {
          e.currentTarget.setPointerCapture(e.pointerId);
          setStroke(at(e));
        }}
        onPointerMove={(e) => {
          if (stroke !== "" && drawn.length + stroke.length < MOST) {
            const p = at(e);
            if (!stroke.endsWith(p)) setStroke(`${stroke} ${p}`);
          }
        }}
        onPointerUp={end}
        onPointerCancel={end}
      >
        <line x1={40} x2={WIDTH - 40} y1={230} y2={230} />
        <path d={path(stroke === "" ? drawn : `${drawn};${stroke}`)} />
      </svg>
    </div>
  );
}
