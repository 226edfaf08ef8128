import { Modal, TextInput } from "@mantine/core";
import { useState } from "react";
import { matches, type Action } from "../actions/actions";
import css from "./shell.module.css";
import { words } from "./strings";

/** Palette finds an action by its words. */
export function Palette({ actions, opened, onClose }: { actions: Action[]; opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title={words.palette} size={560} yOffset={90} centered={false} padding="sm">
      {opened && <PaletteList actions={actions} onClose={onClose} />}
    </Modal>
  );
}

function PaletteList({ actions, onClose }: { actions: Action[]; onClose: () => void }) {
  const [search, setSearch] = useState("");
  const [at, setAt] = useState(0);
  const found = actions.filter((a) => matches(a, search));
  const chosen = Math.min(at, found.length - 1);
  const run = (a: Action | undefined) => {
    if (!a || (a.disabled ?? "") !== "") return;
    onClose();
    a.run();
  };
  return (
    <div className="stack-tight">
      <TextInput
        data-autofocus
        aria-label={words.paletteHint}
        placeholder={words.paletteHint}
        value={search}
        role="combobox"
        aria-expanded
        aria-controls="palette-list"
        aria-activedescendant={found[chosen] ? `palette-${found[chosen].id}` : undefined}
        onChange={(e) => {
          setSearch(e.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={(e) => {
          if (e.key === "ArrowDown") setAt(Math.min(chosen + 1, found.length - 1));
          else if (e.key === "ArrowUp") setAt(Math.max(chosen - 1, 0));
          else if (e.key === "Enter") run(found[chosen]);
          else return;
          e.preventDefault();
        }}
      />
      <div className={css.palette} role="listbox" id="palette-list" aria-label={words.palette}>
        {found.map((a, i) => (
          <button
            key={a.id}
            id={`palette-${a.id}`}
            type="button"
            role="option"
            tabIndex={-1}
            aria-selected={i === chosen}
            aria-disabled={(a.disabled ?? "") !== ""}
            onMouseMove={() => setAt(i)}
            onClick={() => run(a)}
          >
            <a.icon size={17} aria-hidden />
            <span>{a.label}</span>
            {a.disabled !== undefined && a.disabled !== "" ? <kbd>{a.disabled}</kbd> : a.keys && <kbd>{a.keys.replace("+", " ")}</kbd>}
          </button>
        ))}
      </div>
      {found.length === 0 && <p className="soft pad">{words.nothing}</p>}
    </div>
  );
}
