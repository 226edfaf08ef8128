import { Button, Menu, Modal } from "@mantine/core";
import { IconFileSpreadsheet } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { app } from "../../api/services";
import type { WorkbookBack } from "../../api/types/versions";
import { versions } from "../../api/versions";
import { onFileDrop } from "../../api/wails";
import { useDo } from "../../components/do";
import { ProblemNote } from "../../components/problem-note";
import { Returned } from "./returned";
import { words } from "./strings";
import { words as more } from "./versions-strings";

const w = words.excel;

/** Workbook writes the mapping as Excel and takes it back, whole or not at all. */
export function Workbook() {
  const [written, setWritten] = useState("");
  const [back, setBack] = useState<WorkbookBack | undefined>();
  const take = (i: WorkbookBack) => {
    if (i.file !== "") setBack(i);
  };
  const write = useDo(versions.exportWorkbook, setWritten);
  const choose = useDo(versions.importWorkbook, take);
  const read = useDo(versions.readWorkbook, take);
  const document = useDo(versions.writeDocument, setWritten);
  const show = useDo(app.openPath);
  const readDropped = read.run;
  useEffect(
    () =>
      onFileDrop((paths) => {
        const book = paths.find((p) => /\.xlsx$/i.test(p));
        if (book) readDropped(book);
      }),
    // The newest function is as good as the first: it only starts a call.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [],
  );
  const problem = write.problem ?? choose.problem ?? read.problem ?? document.problem;
  const forget = () => {
    write.forget();
    choose.forget();
    read.forget();
    document.forget();
  };
  return (
    <>
      <Menu position="bottom-end" withArrow>
        <Menu.Target>
          <Button variant="default" leftSection={<IconFileSpreadsheet size={16} />} loading={write.busy || choose.busy || read.busy || document.busy}>
            {w.button}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => write.run()}>{w.export}</Menu.Item>
          <Menu.Item onClick={() => choose.run()}>{w.import}</Menu.Item>
          <Menu.Label>{w.dropHint}</Menu.Label>
          <Menu.Divider />
          <Menu.Item onClick={() => document.run("pdf")}>{more.menu.document}</Menu.Item>
          <Menu.Item onClick={() => document.run("xlsx")}>{more.menu.documentExcel}</Menu.Item>
          <Menu.Label>{more.menu.hint}</Menu.Label>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={problem !== null} onClose={forget} title={w.button} size="lg">
        {problem && <ProblemNote problem={problem} />}
      </Modal>
      <Modal opened={written !== ""} onClose={() => setWritten("")} title={w.written}>
        <p style={{ overflowWrap: "anywhere" }}>{w.writtenBody(written)}</p>
        <div className="row" style={{ justifyContent: "flex-end", marginTop: 16 }}>
          <Button onClick={() => show.run(written)}>{w.show}</Button>
        </div>
      </Modal>
      {back && <Returned key={back.file + back.token} back={back} apply={versions.applyWorkbook} notes onClose={() => setBack(undefined)} />}
    </>
  );
}
