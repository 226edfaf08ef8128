import { Button, Modal, TextInput } from "@mantine/core";
import { useState, type ReactNode } from "react";
import type { Problem } from "../api/types";
import { count } from "./format";
import { ProblemNote } from "./problem-note";
import { words } from "./strings";

/** sameNumber accepts a number however its thousands are parted. */
export function sameNumber(typed: string, n: number): boolean {
  return typed.replace(/[\s.,'’_\u00a0\u202f]/g, "") === String(n);
}

/** ConfirmNumber shows what will be touched and lets nobody go on without typing how much. */
export function ConfirmNumber(props: {
  opened: boolean;
  onClose: () => void;
  title: string;
  number: number;
  button: string;
  danger?: boolean;
  busy: boolean;
  problem: Problem | null;
  onConfirm: (typed: string) => void;
  children: ReactNode;
}) {
  const { opened, onClose, title, number, button, danger = false, busy, problem, onConfirm, children } = props;
  const [typed, setTyped] = useState("");
  const right = sameNumber(typed, number);
  const close = () => {
    setTyped("");
    onClose();
  };
  return (
    <Modal opened={opened} onClose={close} title={title} size="lg">
      <form
        className="stack"
        onSubmit={(e) => {
          e.preventDefault();
          if (right) onConfirm(typed.trim());
        }}
      >
        {children}
        <TextInput
          label={words.confirm.label(count(number))}
          value={typed}
          onChange={(e) => setTyped(e.currentTarget.value)}
          inputMode="numeric"
          autoComplete="off"
          data-autofocus
          w={220}
          error={typed !== "" && !right && !String(number).startsWith(typed.replace(/\D/g, "")) ? words.confirm.wrong : undefined}
        />
        {problem && <ProblemNote problem={problem} />}
        <div className="row" style={{ justifyContent: "flex-end" }}>
          <Button variant="default" onClick={close}>
            {words.cancel}
          </Button>
          <Button type="submit" disabled={!right} loading={busy} variant={danger ? "outline" : "filled"} color={danger ? "red" : undefined}>
            {button}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
