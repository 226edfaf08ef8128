import { Button, Menu, Modal } from "@mantine/core";
import { IconFileSpreadsheet } from "@tabler/icons-react";
import { useState } from "react";
import { app, rebuild } from "../../api/services";
import type { RulesImport } from "../../api/types";
import { useDo } from "../../components/do";
import { shortPath } from "../../components/format";
import { Mark } from "../../components/marks";
import { ProblemNote } from "../../components/problem-note";
import tables from "../../components/table.module.css";
import { words } from "./strings";

const w = words.excel;

/** RulesWorkbook sends the rules out as a workbook and takes their states back. */
export function RulesWorkbook({ busy }: { busy: boolean }) {
  const [written, setWritten] = useState("");
  const [back, setBack] = useState<RulesImport | undefined>();
  const write = useDo(rebuild.export, setWritten);
  const read = useDo(rebuild.import, (v) => setBack(v.file === "" ? undefined : v));
  const reveal = useDo(app.openPath);
  const failed = write.problem ?? read.problem;
  const close = () => {
    setWritten("");
    write.forget();
    read.forget();
  };
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
      <Modal opened={written !== "" || failed !== null} onClose={close} title={w.title}>
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
              <Button onClick={close}>{w.close}</Button>
            </div>
          </div>
        )}
      </Modal>
      <Modal opened={back !== undefined} onClose={() => setBack(undefined)} title={w.importTitle} size="xl">
        {back && <Returned back={back} onClose={() => setBack(undefined)} />}
      </Modal>
    </>
  );
}

function Returned({ back, onClose }: { back: RulesImport; onClose: () => void }) {
  const apply = useDo(rebuild.apply, onClose);
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
      {back.problems.length === 0 && back.changes.length === 0 && <p>{w.nothing}</p>}
      {back.changes.length > 0 && (
        <>
          <p>{w.changes}</p>
          <table className={`${tables.table} ${tables.dense} ${tables.top}`}>
            <thead>
              <tr>
                <th>{w.head.rule}</th>
                <th>{w.head.was}</th>
                <th>{w.head.now}</th>
                <th>{w.head.owner}</th>
                <th>{w.head.note}</th>
              </tr>
            </thead>
            <tbody>
              {back.changes.map((c) => (
                <tr key={`${c.one}.${c.name}`}>
                  <th scope="row" dir="auto">
                    {c.name}
                    {c.conflict && (
                      <div>
                        <Mark tone="warn" size={14}>
                          {w.conflict}
                        </Mark>
                      </div>
                    )}
                  </th>
                  <td>{c.was}</td>
                  <td>{c.now}</td>
                  <td dir="auto">{c.owner}</td>
                  <td dir="auto">{c.note}</td>
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
          <Button loading={apply.busy} onClick={() => apply.run(back.token)}>
            {w.apply}
          </Button>
        )}
      </div>
    </div>
  );
}
