import { Button, Menu, Modal, Textarea } from "@mantine/core";
import { IconFileSpreadsheet } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { app, mapping } from "../../api/services";
import type { Problem, WorkbookImport } from "../../api/types";
import { onFileDrop } from "../../api/wails";
import { useDo } from "../../components/do";
import { Mark } from "../../components/marks";
import { ProblemNote } from "../../components/problem-note";
import tables from "../../components/table.module.css";
import css from "./mapping.module.css";
import { words } from "./strings";

const w = words.excel;

/** Workbook writes the mapping as Excel and takes it back, whole or not at all. */
export function Workbook() {
  const [written, setWritten] = useState("");
  const [back, setBack] = useState<WorkbookImport | undefined>();
  const take = (i: WorkbookImport) => {
    if (i.file !== "") setBack(i);
  };
  const write = useDo(mapping.exportWorkbook, setWritten);
  const choose = useDo(mapping.importWorkbook, take);
  const read = useDo(mapping.readWorkbook, take);
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
  const problem = write.problem ?? choose.problem ?? read.problem;
  const forget = () => {
    write.forget();
    choose.forget();
    read.forget();
  };
  return (
    <>
      <Menu position="bottom-end" withArrow>
        <Menu.Target>
          <Button variant="default" leftSection={<IconFileSpreadsheet size={16} />} loading={write.busy || choose.busy || read.busy}>
            {w.button}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => write.run()}>{w.export}</Menu.Item>
          <Menu.Item onClick={() => choose.run()}>{w.import}</Menu.Item>
          <Menu.Label>{w.dropHint}</Menu.Label>
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
      {back && <Returned key={back.file + back.token} back={back} onClose={() => setBack(undefined)} />}
    </>
  );
}

function Returned({ back, onClose }: { back: WorkbookImport; onClose: () => void }) {
  const [reason, setReason] = useState("");
  const apply = useDo(mapping.applyWorkbook, onClose);
  const annotate = useDo(mapping.annotateWorkbook);
  const [copy, setCopy] = useState("");
  return (
    <Modal opened onClose={onClose} title={w.title} size={760}>
      <div className="stack">
        <p className="faint">{w.file(back.file)}</p>
        {back.problems.length > 0 && (
          <>
            <Mark tone="fail">{w.mistakes(back.problems.length)}</Mark>
            <p className="soft">{w.mistakesHint}</p>
            <Mistakes problems={back.problems} />
          </>
        )}
        {back.changes.length === 0 ? <p>{w.noChanges}</p> : <Lines title={w.changes(back.changes.length)} lines={back.changes} />}
        {back.conflicts.length > 0 && (
          <>
            <Lines title={w.conflicts} lines={back.conflicts} />
            <p className="faint">{w.conflictsHint}</p>
          </>
        )}
        {copy !== "" && <p style={{ overflowWrap: "anywhere" }}>{w.annotated(copy)}</p>}
        {(apply.problem ?? annotate.problem) && <ProblemNote problem={(apply.problem ?? annotate.problem) as Problem} />}
        {back.token !== "" && back.changes.length > 0 ? (
          <form
            className="stack"
            onSubmit={(e) => {
              e.preventDefault();
              apply.run(back.token, reason.trim());
            }}
          >
            <Textarea label={words.reason} required autosize minRows={2} value={reason} onChange={(e) => setReason(e.currentTarget.value)} data-autofocus />
            <div className="row" style={{ justifyContent: "flex-end" }}>
              <Button variant="default" onClick={onClose}>
                {words.cancel}
              </Button>
              <Button type="submit" loading={apply.busy} disabled={reason.trim() === ""}>
                {w.apply}
              </Button>
            </div>
          </form>
        ) : (
          back.problems.length > 0 && (
            <div>
              <Button
                variant="default"
                loading={annotate.busy}
                onClick={() => {
                  void annotate.ask(back.file).then((path) => setCopy(path ?? ""));
                }}
              >
                {w.annotate}
              </Button>
            </div>
          )
        )}
      </div>
    </Modal>
  );
}

function Mistakes({ problems }: { problems: Problem[] }) {
  return (
    <div className={tables.wrap} style={{ maxHeight: 280, overflowY: "auto" }}>
      <table className={`${tables.table} ${tables.dense} ${tables.top}`}>
        <thead>
          <tr>
            <th>{w.head.where}</th>
            <th>{w.head.what}</th>
            <th>{w.head.next}</th>
          </tr>
        </thead>
        <tbody>
          {problems.map((p, i) => (
            <tr key={i}>
              <td className={css.cell}>{[p.where?.sheet, p.where?.cell].filter(Boolean).join(" ")}</td>
              <td>{p.what}</td>
              <td className="soft">{p.next}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Lines({ title, lines }: { title: string; lines: string[] }) {
  return (
    <div>
      <h3>{title}</h3>
      <ul className={css.list}>
        {lines.map((l, i) => (
          <li key={i}>{l}</li>
        ))}
      </ul>
    </div>
  );
}
