import { Button, Popover, Select, TextInput } from "@mantine/core";
import { IconFilterPlus } from "@tabler/icons-react";
import { useState } from "react";
import type { Narrowing } from "../../api/types";
import { NO_VALUE, OPS } from "./model";
import css from "./records.module.css";
import { words } from "./strings";

/** ConditionMenu adds a condition on a field to a list. */
export function ConditionMenu({ fields, onAdd }: { fields: string[]; onAdd: (w: Narrowing) => void }) {
  const [open, setOpen] = useState(false);
  const [w, setW] = useState<Narrowing>({ field: "", op: "contains", value: "" });
  const bare = NO_VALUE.includes(w.op);
  const ready = w.field !== "" && (bare || w.value !== "");
  const add = () => {
    if (!ready) return;
    onAdd(bare ? { ...w, value: "" } : w);
    setW({ ...w, value: "" });
    setOpen(false);
  };
  return (
    <Popover opened={open} onChange={setOpen} position="bottom-start" withArrow trapFocus>
      <Popover.Target>
        <Button size="compact-sm" variant="default" leftSection={<IconFilterPlus size={14} />} onClick={() => setOpen(!open)}>
          {words.condition}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          className={css.condition}
          onSubmit={(e) => {
            e.preventDefault();
            add();
          }}
        >
          <Select
            label={words.conditionField}
            data={fields}
            value={w.field || null}
            searchable
            comboboxProps={{ withinPortal: false }}
            onChange={(field) => setW({ ...w, field: field ?? "" })}
          />
          <Select
            label={words.conditionOp}
            data={OPS.map((o) => ({ value: o, label: words.ops[o] ?? o }))}
            value={w.op}
            allowDeselect={false}
            comboboxProps={{ withinPortal: false }}
            onChange={(op) => setW({ ...w, op: op ?? "contains" })}
          />
          {!bare && <TextInput label={words.conditionValue} value={w.value} onChange={(e) => setW({ ...w, value: e.currentTarget.value })} />}
          <Button type="submit" disabled={!ready}>
            {words.conditionAdd}
          </Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
