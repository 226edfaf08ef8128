import { ActionIcon, Tooltip } from "@mantine/core";
import { IconArrowBackUp, IconArrowForwardUp } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useDo } from "../../components/do";
import { studio } from "./api";
import { words } from "./strings";

const w = words.steps;

/** typing says whether keys belong to what is being typed. */
function typing(e: KeyboardEvent): boolean {
  return e.target instanceof HTMLElement && (e.target.isContentEditable || e.target.closest("input, textarea, select, [role=dialog]") !== null);
}

/** UndoRedo takes steps of the draft back and does them again, by button or by Ctrl Z. */
export function UndoRedo({ undo, redo }: { undo: string; redo: string }) {
  const [said, setSaid] = useState("");
  const back = useDo(studio.undo, (what) => setSaid(w.undone(what)));
  const forth = useDo(studio.redo, (what) => setSaid(w.redone(what)));
  const busy = back.busy || forth.busy;
  const press = useRef<(redoing: boolean) => void>(() => undefined);
  useEffect(() => {
    press.current = (redoing) => {
      if (busy) return;
      if (redoing && redo !== "") forth.run();
      if (!redoing && undo !== "") back.run();
    };
  });
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if (!(e.ctrlKey || e.metaKey) || e.altKey || e.key.toLowerCase() !== "z" || typing(e)) return;
      e.preventDefault();
      press.current(e.shiftKey);
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  const problem = back.problem ?? forth.problem;
  return (
    <>
      <span role="status" className="faint">
        {problem ? problem.what : said}
      </span>
      <Tooltip label={undo === "" ? w.nothing : `${w.undo(undo)} (Ctrl Z)`}>
        <ActionIcon variant="default" size="lg" aria-label={undo === "" ? w.undoNothing : w.undo(undo)} aria-disabled={undo === "" || busy} data-disabled={undo === "" || undefined} onClick={() => press.current(false)}>
          <IconArrowBackUp size={18} stroke={1.8} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={redo === "" ? w.nothingAgain : `${w.redo(redo)} (Ctrl Shift Z)`}>
        <ActionIcon variant="default" size="lg" aria-label={redo === "" ? w.redoNothing : w.redo(redo)} aria-disabled={redo === "" || busy} data-disabled={redo === "" || undefined} onClick={() => press.current(true)}>
          <IconArrowForwardUp size={18} stroke={1.8} />
        </ActionIcon>
      </Tooltip>
    </>
  );
}
