import { Button, Menu, Modal } from "@mantine/core";
import { IconFileSpreadsheet } from "@tabler/icons-react";
import { useState } from "react";
import { app } from "../../api/services";
import type { TwinImport } from "../../api/types-clean";
import { useDo } from "../../components/do";
import { count, shortPath } from "../../components/format";
import { ProblemNote } from "../../components/problem-note";
import { twins } from "./api";
import { words } from "./duplicates-strings";

/** TwinWorkbook sends the open groups out as a list in Excel and takes the answers back. */
export function TwinWorkbook({ object, disabled }: { object: string; disabled: boolean }) {
  const [written, setWritten] = useState("");
  const [back, setBack] = useState<TwinImport | undefined>();
  const write = useDo(twins.exportBook, setWritten);
  const read = useDo(twins.importBook, (v) => setBack(v.file === "" ? undefined : v));
  const apply = useDo(twins.applyBook, () => setBack(undefined));
  const reveal = useDo(app.openPath);
  const failed = write.problem ?? read.problem;
  return (
    <>
      <Menu position="bottom-end" withArrow>
        <Menu.Target>
          <Button variant="default" leftSection={<IconFileSpreadsheet size={16} aria-hidden />} loading={write.busy || read.busy} disabled={disabled}>
            {words.excel}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => write.run(object)}>{words.write}</Menu.Item>
          <Menu.Item onClick={() => read.run(object)}>{words.read}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={written !== "" || failed !== null}
        onClose={() => {
          setWritten("");
          write.forget();
          read.forget();
        }}
        title={words.excel}
      >
        {failed ? (
          <ProblemNote problem={failed} />
        ) : (
          <div className="stack">
            <p>{words.written(shortPath(written))}</p>
            <p className="soft">{words.writtenBody}</p>
            <div className="row" style={{ justifyContent: "flex-end" }}>
              <Button variant="default" onClick={() => reveal.run(written)}>
                {words.open}
              </Button>
              <Button onClick={() => setWritten("")}>{words.close}</Button>
            </div>
          </div>
        )}
      </Modal>
      <Modal opened={back !== undefined} onClose={() => setBack(undefined)} title={words.importTitle} size="lg">
        {back && (
          <div className="stack">
            {back.problems.length > 0 && <p>{words.importProblems}</p>}
            {back.problems.map((p, i) => (
              <ProblemNote key={i} problem={p} tone="warn" />
            ))}
            {back.problems.length === 0 && <p>{back.token === "" ? words.importNothing : words.importSays(count(back.merges), count(back.aparts))}</p>}
            {apply.problem && <ProblemNote problem={apply.problem} />}
            <div className="row" style={{ justifyContent: "flex-end" }}>
              <Button variant="default" onClick={() => setBack(undefined)}>
                {words.cancel}
              </Button>
              {back.token !== "" && (
                <Button loading={apply.busy} onClick={() => apply.run(object, back.token)}>
                  {words.importApply}
                </Button>
              )}
            </div>
          </div>
        )}
      </Modal>
    </>
  );
}
