import { Button, Modal, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { queries } from "../api/queries";
import type { Problem } from "../api/types";
import { ProblemNote } from "./problem-note";
import { words } from "./strings";

/** ByName asks for a reason before something is taken upon oneself; the button bears the person's name. */
export function ByName(props: {
  opened: boolean;
  title: string;
  label: string;
  /** The button's words, with the name of who works here. */
  button: (name: string) => string;
  busy: boolean;
  problem: Problem | null;
  danger?: boolean;
  onClose: () => void;
  onConfirm: (why: string) => void;
  children: ReactNode;
}) {
  const { opened, title, label, button, busy, problem, danger = false, onClose, onConfirm, children } = props;
  const [why, setWhy] = useState("");
  const start = useQuery(queries.start());
  const name = start.data?.person.name ?? "";
  const close = () => {
    setWhy("");
    onClose();
  };
  return (
    <Modal opened={opened} onClose={close} title={title}>
      <form
        className="stack"
        onSubmit={(e) => {
          e.preventDefault();
          if (why.trim() !== "" && name !== "") onConfirm(why.trim());
        }}
      >
        {children}
        <Textarea label={label} value={why} onChange={(e) => setWhy(e.currentTarget.value)} autosize minRows={2} data-autofocus required />
        {name === "" && <p className="soft">{words.byName.nobody}</p>}
        {problem && <ProblemNote problem={problem} />}
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <Button variant="default" onClick={close}>
            {words.cancel}
          </Button>
          <Button type="submit" loading={busy} disabled={why.trim() === "" || name === ""} variant={danger ? "outline" : "filled"} color={danger ? "red" : undefined}>
            {button(name)}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
