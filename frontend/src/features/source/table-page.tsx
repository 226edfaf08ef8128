import { ActionIcon, Button, Modal, MultiSelect, NumberInput, Select } from "@mantine/core";
import { IconArrowLeft, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { source } from "../../api/services";
import type { Output, Table } from "../../api/types";
import { useDo } from "../../components/do";
import { count, KNOWN_OBJECTS, objectTitle, percent, size, typeTitle } from "../../components/format";
import { JobPanel } from "../../components/job-panel";
import { Mark } from "../../components/marks";
import { Page, Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute, go } from "../../components/route";
import tables from "../../components/table.module.css";
import { usePageJob } from "../../components/use-page-job";
import { ColumnPanel } from "./column-panel";
import { isText, withColumn, withNewOutput, withObject, withOutput } from "./model";
import css from "./source.module.css";
import { words } from "./strings";

const ENCODINGS = ["UTF-8", "UTF-16LE", "UTF-16BE", "windows-1252", "windows-1250", "windows-1251", "ISO-8859-2", "ISO-8859-15", "Shift_JIS", "GB18030", "EUC-KR", "KOI8-R"];

/** TablePage shows what was detected about one table, all of it correctable. */
export function TablePage({ table, all }: { table: Table; all: Table[] }) {
  const [draft, setDraft] = useState(table);
  const [known, setKnown] = useState(table);
  const [column, setColumn] = useState("");
  const [removing, setRemoving] = useState(false);
  // The file was read again: what Go says now is the truth.
  if (known !== table) {
    setKnown(table);
    setDraft(table);
  }
  const save = usePageJob(source.setTable, ["inspect"]);
  const remove = useDo(source.removeTable, () => go("source"));
  const changed = draft !== table;
  const open = draft.columns.find((c) => c.name === column);

  return (
    <Page
      title={table.name}
      lead={[table.kind.toUpperCase(), size(table.size), words.rows(count(table.rows)), words.columnsN(count(table.columns.length))].join(" · ")}
      actions={
        <>
          <Button component="a" href={formatRoute("source")} variant="default" leftSection={<IconArrowLeft size={16} />}>
            {words.back}
          </Button>
          <ActionIcon variant="default" size={36} aria-label={words.remove} title={words.remove} onClick={() => setRemoving(true)}>
            <IconTrash size={17} />
          </ActionIcon>
        </>
      }
      panel={open && <ColumnPanel key={open.name} column={open} rows={draft.rows} onChange={(c) => setDraft(withColumn(draft, open.name, c))} onClose={() => setColumn("")} />}
    >
      {table.refused && <ProblemNote problem={table.refused} />}
      {save.start.problem && <ProblemNote problem={save.start.problem} />}
      {save.job && (save.active || save.job.error) && <JobPanel job={save.job} />}
      {table.notes.map((n) => (
        <ProblemNote key={n.code + n.message} tone="warn" problem={{ code: n.code, what: n.message, why: "", next: "" }} />
      ))}
      {isText(draft) && <ReadAs draft={draft} onChange={setDraft} />}
      <Becomes draft={draft} all={all} onChange={setDraft} />
      <Columns draft={draft} open={column} onOpen={setColumn} />
      <Preview table={draft} />
      {table.broken > 0 && (
        <Section title={`${words.brokenTitle}: ${count(table.broken)}`}>
          <p className="soft">{words.brokenHint}</p>
          {table.broken_examples.slice(0, 3).map((p, i) => (
            <ProblemNote key={i} problem={p} tone="warn" />
          ))}
        </Section>
      )}
      {changed && (
        <div className={css.save} role="status">
          <span className="grow">{words.changed}</span>
          <Button variant="default" onClick={() => setDraft(table)} disabled={save.active}>
            {words.undoChanges}
          </Button>
          <Button onClick={() => save.start.run(draft)} loading={save.active}>
            {words.saveChanges}
          </Button>
        </div>
      )}
      <Modal opened={removing} onClose={() => setRemoving(false)} title={words.removeTitle}>
        <p>{words.removeBody}</p>
        {remove.problem && <ProblemNote problem={remove.problem} />}
        <div className="row" style={{ justifyContent: "flex-end", marginTop: 20 }}>
          <Button variant="default" onClick={() => setRemoving(false)}>
            {words.keep}
          </Button>
          <Button variant="outline" color="red" loading={remove.busy} onClick={() => remove.run(table.name)}>
            {words.removeYes}
          </Button>
        </div>
      </Modal>
    </Page>
  );
}

function ReadAs({ draft, onChange }: { draft: Table; onChange: (t: Table) => void }) {
  const encodings = ENCODINGS.includes(draft.encoding) || draft.encoding === "" ? ENCODINGS : [draft.encoding, ...ENCODINGS];
  const delimiters = Object.entries(words.delimiters).map(([value, label]) => ({ value, label }));
  if (draft.delimiter !== "" && !(draft.delimiter in words.delimiters)) delimiters.push({ value: draft.delimiter, label: draft.delimiter });
  return (
    <Section title={words.readAs}>
      <div className={`card ${css.facts}`}>
        <div>
          <Select label={words.encoding} data={encodings} value={draft.encoding} allowDeselect={false} searchable onChange={(v) => v !== null && onChange({ ...draft, encoding: v })} />
          <p className={css.why}>{words.sure(draft.encoding_sure)}</p>
        </div>
        {draft.delimiter !== "" && (
          <>
            <Select label={words.delimiter} data={delimiters} value={draft.delimiter} allowDeselect={false} onChange={(v) => v !== null && onChange({ ...draft, delimiter: v })} />
            <div>
              <NumberInput label={words.header} value={draft.header_row} min={0} max={100} allowDecimal={false} onChange={(v) => onChange({ ...draft, header_row: Number(v) || 0 })} />
              <p className={css.why}>{words.headerNone}</p>
            </div>
          </>
        )}
      </div>
    </Section>
  );
}

function Becomes({ draft, all, onChange }: { draft: Table; all: Table[]; onChange: (t: Table) => void }) {
  const objects = [...new Set([...KNOWN_OBJECTS, ...all.flatMap((t) => t.outputs.map((o) => o.object))])];
  const data = objects.map((o) => ({ value: o, label: objectTitle(o) }));
  return (
    <Section title={words.becomes}>
      <div className="card">
        {draft.outputs.map((o, i) => (
          <OutputEditor key={i} table={draft} output={o} index={i} data={data} onChange={onChange} />
        ))}
        <div className={css.output}>
          <Select
            label={draft.outputs.length === 0 ? words.object : words.addOutput}
            placeholder={draft.outputs.length === 0 ? words.notMoved : ""}
            data={data.filter((d) => !draft.outputs.some((o) => o.object === d.value))}
            value={null}
            w={300}
            searchable
            onChange={(v) => v !== null && onChange(withNewOutput(draft, v))}
          />
        </div>
      </div>
    </Section>
  );
}

function OutputEditor(props: { table: Table; output: Output; index: number; data: { value: string; label: string }[]; onChange: (t: Table) => void }) {
  const { table, output, index, data, onChange } = props;
  const names = table.columns.map((c) => c.name);
  return (
    <div className={css.output}>
      <div className={css.choices}>
        <Select label={words.object} data={data} value={output.object} allowDeselect={false} searchable onChange={(v) => v !== null && onChange(withObject(table, index, v))} />
        <MultiSelect label={words.key} data={names} value={output.key} onChange={(key) => onChange(withOutput(table, index, { key }))} searchable title={words.keyHint} placeholder={output.key.length === 0 ? words.keyHint : ""} />
        <Select
          label={words.repeats}
          data={Object.entries(words.repeat).map(([value, label]) => ({ value, label }))}
          value={output.repeats || "count"}
          allowDeselect={false}
          onChange={(v) => v !== null && onChange(withOutput(table, index, { repeats: v }))}
        />
        <Button variant="default" onClick={() => onChange(withObject(table, index, ""))}>
          {words.dropOutput}
        </Button>
      </div>
      {output.why !== "" && <p className={css.why}>{output.why}</p>}
      {output.links.length > 0 && (
        <table className={`${tables.table} ${tables.dense}`} aria-label={words.links}>
          <thead>
            <tr>
              <th>{words.linkCol}</th>
              <th>{words.linkTo}</th>
              <th className={tables.num}>{words.matched}</th>
              <th className={tables.num}>{words.orphans}</th>
              <td />
            </tr>
          </thead>
          <tbody>
            {output.links.map((l) => (
              <tr key={l.column}>
                <td>{l.column}</td>
                <td>
                  {l.to.map(objectTitle).join(", ")} {words.linkBy} {l.by === "" ? words.linkByKey : l.by}
                </td>
                <td className={tables.num}>{count(l.matched)}</td>
                <td className={tables.num}>{l.orphans > 0 ? <Mark tone="warn" size={14}>{count(l.orphans)}</Mark> : <span className="faint">0</span>}</td>
                <td className="soft">{l.why}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}

function Columns({ draft, open, onOpen }: { draft: Table; open: string; onOpen: (name: string) => void }) {
  const w = words.col;
  if (draft.columns.length === 0) return null;
  return (
    <Section title={words.columns}>
      <div className={tables.wrap}>
        <table className={`${tables.table} ${tables.hover}`}>
          <thead>
            <tr>
              <th>{w.name}</th>
              <th>{w.type}</th>
              <th className={tables.num}>{w.filled}</th>
              <th className={tables.num}>{w.distinct}</th>
              <th>{w.samples}</th>
              <th className={tables.num}>{w.sure}</th>
            </tr>
          </thead>
          <tbody>
            {draft.columns.map((c) => (
              <tr key={c.name} data-selected={c.name === open}>
                <td>
                  <button type="button" className={tables.open} onClick={() => onOpen(c.name)}>
                    {c.name}
                  </button>
                </td>
                <td>
                  {typeTitle(c.type)}
                  {c.format !== "" && <span className="faint mono"> {c.format}</span>}
                </td>
                <td className={tables.num}>{percent(c.filled, c.filled + c.blank)}</td>
                <td className={tables.num}>{count(c.distinct)}</td>
                <td className={`${css.samples} clip`}>{c.samples.slice(0, 3).join("  ·  ")}</td>
                <td className={tables.num} title={c.why}>
                  {c.sure < 90 ? <Mark tone="warn" size={14}>{c.sure} %</Mark> : `${c.sure} %`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Preview({ table }: { table: Table }) {
  if (table.preview.length === 0) return null;
  return (
    <Section title={words.preview}>
      <div className={`${tables.wrap} ${css.preview}`} tabIndex={0} role="group" aria-label={words.preview}>
        <table className={`${tables.table} ${tables.dense}`}>
          <thead>
            <tr>
              {table.columns.map((c) => (
                <th key={c.name}>{c.name}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.preview.map((row, i) => (
              <tr key={i}>
                {table.columns.map((c, j) => (
                  <td key={c.name} title={row[j] ?? ""}>
                    {row[j] ?? ""}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}
