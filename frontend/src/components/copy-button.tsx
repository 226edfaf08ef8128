import { Button } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { copyText } from "../api/wails";
import { words } from "./strings";

/** CopyButton puts text on the clipboard and says so. */
export function CopyButton({ text, label = words.copy }: { text: string; label?: string }) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const t = setTimeout(() => setDone(false), 1600);
    return () => clearTimeout(t);
  }, [done]);
  return (
    <Button
      variant="default"
      size="compact-sm"
      leftSection={done ? <IconCheck size={14} /> : <IconCopy size={14} />}
      onClick={() => {
        void copyText(text).then(() => setDone(true));
      }}
    >
      <span aria-live="polite">{done ? words.copied : label}</span>
    </Button>
  );
}
