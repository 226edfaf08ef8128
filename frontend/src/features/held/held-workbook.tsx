import { Button, Menu, Modal } from "@mantine/core";
import { IconFileSpreadsheet } from "@tabler/icons-react";
import { useState } from "react";
import { app, runs } from "../../api/services";
import type { HeldImport } from "../../api/types";
import { useDo, type Deed } from "../../components/do";
import { ProblemNote } from "../../components/problem-note";
import { shortPath } from "../../components/format";
import tables from "../../components/table.module.css";
import { words } from "./strings";

const w = words.excel;

/** HeldWorkbook sends what is held out as a workbook and takes the answers back. */
export function HeldWorkbook({ busy, apply }: { busy: boolean; apply: Deed<[string], string> }) {
  const [written, setWritten] = useState("");
  const [back, setBack] = useState<HeldImport | undefined>();
  const write = useDo(runs.exportHeld, setWritten);
  const read = useDo(runs.importHeld, (v) => setBack(v.file === "" ? undefined : v));
  const reveal = useDo(app.openPath);
  const failed = write.problem ?? read.problem;
  return (
    <>
      <Menu position="bottom-end" withArrow>
        <Menu.Target>
          <Button variant="default" leftSection={<IconFileSpreadsheet size={16} aria-hidden />} loading={write.busy || read.busy} disabled={busy}>
            {w.title}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => write.run()}>{w.write}</Menu.Item>
          <Menu.Item onClick={() => read.run()}>{w.read}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={written !== "" || failed !== null}
        onClose={() => {
          setWritten("");
          write.forget();
          read.forget();
        }}
        title={w.title}
      >
        {failed ? (
          <ProblemNote problem={failed} />
        ) : (
          <div className="stack">
            <p>{w.written(shortPath(written))}</p>
            <p className="soft">{w.writtenBody}</p>
            <div className="row" style={{ justifyContent: "flex-end" }}>
              <Button variant="default" onClick={() => reveal.run(written)}>
                {w.open}
              </Button>
              <Button onClick={() => setWritten("")}>{words.close}</Button>
            </div>
          </div>
        )}
      </Modal>
      <Modal opened={back !== undefined} onClose={() => setBack(undefined)} title={w.importTitle} size="lg">
        {back && <Returned back={back} apply={apply} onClose={() => setBack(undefined)} />}
      </Modal>
    </>
  );
}

function Returned({ back, apply, onClose }: { back: HeldImport; apply: Deed<[string], string>; onClose: () => void }) {
  return (
    <div className="stack">
      {back.problems.length > 0 && (
        <>
          <p>{w.problems}</p>
          {back.problems.map((p, i) => (
            <ProblemNote key={i} problem={p} tone="warn" />
          ))}
        </>
      )}
      {back.problems.length === 0 && back.answers.length === 0 && <p>{w.nothing}</p>}
      {back.answers.length > 0 && (
        <>
          <p>{w.answers}</p>
          <table className={`${tables.table} ${tables.dense}`}>
            <tbody>
              {back.answers.map((a) => (
                <tr key={a.group}>
                  <th scope="row">{a.group}</th>
                  <td>{a.repair}</td>
                  <td dir="auto">{a.value}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
      {apply.problem && <ProblemNote problem={apply.problem} />}
      <div className="row" style={{ justifyContent: "flex-end" }}>
        <Button variant="default" onClick={onClose}>
          {w.cancel}
        </Button>
        {back.token !== "" && (
          <Button
            loading={apply.busy}
            onClick={() => {
              void apply.ask(back.token).then((id) => {
                if (id !== undefined) onClose();
              });
            }}
          >
            {w.apply}
          </Button>
        )}
      </div>
    </div>
  );
}
