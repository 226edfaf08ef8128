import { Button, Select, TextInput } from "@mantine/core";
import { useState } from "react";
import { rebuild } from "../../api/services";
import type { RuleChange } from "../../api/types";
import { useDo } from "../../components/do";
import { count } from "../../components/format";
import { ProblemNote } from "../../components/problem-note";
import { STATES } from "./model";
import css from "./rebuild.module.css";
import { words } from "./strings";

/** ChosenBar states something about all rules that are chosen. */
export function ChosenBar({ ids, onDone }: { ids: number[]; onDone: () => void }) {
  const [state, setState] = useState<string | null>(null);
  const [owner, setOwner] = useState("");
  const save = useDo(rebuild.state, onDone);
  const fields: RuleChange["fields"] = [];
  if (state !== null) fields.push("state");
  if (owner.trim() !== "") fields.push("owner");
  return (
    <form
      className={css.chosen}
      aria-label={words.chosen(count(ids.length))}
      onSubmit={(e) => {
        e.preventDefault();
        if (fields.length > 0) save.run(ids, { fields, state: state ?? "", owner, note: "" });
      }}
    >
      <strong>{words.chosen(count(ids.length))}</strong>
      <Select size="xs" aria-label={words.setState} placeholder={words.setState} clearable data={STATES.map((s) => ({ value: s, label: words.states[s] ?? s }))} value={state} onChange={setState} />
      <TextInput size="xs" aria-label={words.setOwner} placeholder={words.setOwner} value={owner} onChange={(e) => setOwner(e.currentTarget.value)} />
      <Button size="compact-sm" type="submit" loading={save.busy} disabled={fields.length === 0}>
        {words.apply}
      </Button>
      <Button size="compact-sm" variant="default" onClick={onDone}>
        {words.drop}
      </Button>
      {save.problem && <ProblemNote problem={save.problem} />}
    </form>
  );
}
