import { useCallback, useMemo, useRef, useState } from "react";
import type { FieldMapView, ObjectMapView } from "../../api/types";
import { count } from "../../components/format";
import { formatRoute, go } from "../../components/route";
import { Lines } from "./studio-lines";
import { linesOf, nameIn, type Shown } from "./studio-model";
import { SourceList } from "./studio-sources";
import { FieldTable } from "./studio-table";
import css from "./studio.module.css";
import { words } from "./strings";

const w = words.studio;

/** Spot is a field that is pointed at, on one of the two sides. */
export interface Spot {
  side: "source" | "target";
  name: string;
}

/**
 * Studio shows source and target side by side with lines between. The table on the right
 * says everything in words; the lines only show at a glance what it says.
 */
export function Studio(props: {
  object: ObjectMapView;
  route: string[];
  shown: Shown;
  open: string;
  busy: boolean;
  onAccept: (f: FieldMapView) => void;
}) {
  const { object, route, shown, open, busy, onAccept } = props;
  const [hover, setHover] = useState<Spot | null>(null);
  const [picked, setPicked] = useState("");
  const left = useRef<HTMLDivElement>(null);
  const right = useRef<HTMLDivElement>(null);
  const root = useRef<HTMLDivElement>(null);
  const lines = useMemo(() => linesOf(shown.rows), [shown.rows]);
  const still = object.source_fields.some((f) => f.name === picked) ? picked : "";
  const spot: Spot | null = hover ?? (still !== "" ? { side: "source", name: still } : open !== "" ? { side: "target", name: open } : null);
  const spotSide = spot?.side;
  const spotName = spot?.name;
  const lit = useMemo(() => {
    const on = lines.filter((l) => (spotSide === "source" ? l.source === spotName : spotSide === "target" && l.target === spotName));
    return {
      sources: new Set([...(spotSide === "source" && spotName !== undefined ? [spotName] : []), ...on.map((l) => l.source)]),
      targets: new Set([...(spotSide === "target" && spotName !== undefined ? [spotName] : []), ...on.map((l) => l.target)]),
    };
  }, [lines, spotSide, spotName]);

  const pick = useCallback((name: string, byKeys: boolean) => {
    setPicked((was) => (was === name ? "" : name));
    if (byKeys) root.current?.querySelector<HTMLElement>("[data-row-link]")?.focus();
  }, []);
  const drop = () => {
    setPicked("");
    root.current?.querySelector<HTMLElement>(`[data-source="${CSS.escape(still)}"]`)?.focus();
  };
  const fill = useCallback(
    (target: string, source: string) => {
      setPicked("");
      go(formatRoute("mapping", route, { field: target, from: source }));
    },
    [route],
  );

  return (
    <div
      ref={root}
      className={css.studio}
      onKeyDown={(e) => {
        if (e.key === "Escape" && still !== "") {
          e.preventDefault();
          drop();
        }
      }}
    >
      <SourceList object={object} sources={shown.sources} box={left} lit={lit.sources} picked={still} onPick={pick} onHover={setHover} />
      <Lines lines={lines} spot={spot} left={left} right={right} mark={`${shown.sources.length} ${shown.rows.length}`} />
      <FieldTable object={object} route={route} rows={shown.rows} box={right} lit={lit.targets} open={open} picked={still} busy={busy} onAccept={onAccept} onFill={fill} onHover={setHover} />
      <p className={css.foot} role="status">
        {still !== "" ? w.pickedHint(nameIn(object, still)) : w.keys(count(shown.rows.length), count(object.fields.length))}
      </p>
    </div>
  );
}
