import { ActionIcon, Button, Modal } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { runs } from "../../api/services";
import type { SliceForm, SlicesView, SliceView } from "../../api/types";
import { Ask } from "../../components/ask";
import { ByName } from "../../components/by-name";
import { useDo, type Deed } from "../../components/do";
import { count } from "../../components/format";
import { Mark, toneOf } from "../../components/marks";
import { Empty } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { runQueries } from "./api";
import { formOf, moved } from "./model";
import css from "./run.module.css";
import { SliceEditor } from "./slice-editor";
import { words } from "./strings";
import { TakeBack } from "./take-back";

const w = words.slices;

/** Slices are the parts in which the source is moved, each with what it is about, how far it is, and why it has to wait. */
export function Slices({ busy, planning, rollback }: { busy: boolean; planning: Deed<[string], string>; rollback: Deed<[string], string> }) {
  const slices = useQuery(runQueries.slices());
  return (
    <>
      <p className="soft">{w.lead}</p>
      <Ask of={slices}>{(v) => <List view={v} busy={busy} planning={planning} rollback={rollback} />}</Ask>
    </>
  );
}

function List({ view, busy, planning, rollback }: { view: SlicesView; busy: boolean; planning: Deed<[string], string>; rollback: Deed<[string], string> }) {
  // Which one is edited: its place, or the place behind the last for a new one.
  const [editing, setEditing] = useState<number | undefined>();
  const [removing, setRemoving] = useState<number | undefined>();
  const [taking, setTaking] = useState("");
  const save = useDo(runs.setSlices, () => {
    setEditing(undefined);
    setRemoving(undefined);
  });
  const forms = view.slices.map(formOf);
  const put = (i: number, f: SliceForm) => save.run([...forms.slice(0, i), f, ...forms.slice(i + 1)]);
  const open = editing === undefined ? undefined : view.slices[editing];
  const gone = removing === undefined ? undefined : view.slices[removing];
  return (
    <>
      {save.problem && editing === undefined && <ProblemNote problem={save.problem} />}
      {view.slices.length === 0 ? (
        <Empty
          title={w.none}
          buttons={
            <Button disabled={busy || view.objects.length === 0} onClick={() => setEditing(0)}>
              {w.addFirst}
            </Button>
          }
        >
          {w.noneBody}
        </Empty>
      ) : (
        <>
          <ol className={css.slices}>
            {view.slices.map((s, i) => (
              <Slice
                key={s.name}
                slice={s}
                place={i + 1}
                first={i === 0}
                last={i === view.slices.length - 1}
                busy={busy || save.busy}
                planning={planning}
                onMove={(by) => save.run(moved(forms, i, by))}
                onEdit={() => setEditing(i)}
                onRemove={() => setRemoving(i)}
                onTakeBack={() => setTaking(s.name)}
              />
            ))}
          </ol>
          <div>
            <Button variant="default" disabled={busy} onClick={() => setEditing(view.slices.length)}>
              {w.add}
            </Button>
          </div>
        </>
      )}
      <Modal opened={editing !== undefined} onClose={() => setEditing(undefined)} title={open ? w.form.title(open.name) : w.form.titleNew} size="xl">
        {editing !== undefined && (
          <SliceEditor
            slice={open ? formOf(open) : { name: "", object: view.objects.find((o) => o.object === "ticket")?.object ?? view.objects[0]?.object ?? "", conditions: [] }}
            objects={view.objects}
            busy={save.busy}
            problem={save.problem}
            onCancel={() => {
              save.forget();
              setEditing(undefined);
            }}
            onSave={(f) => put(editing, f)}
          />
        )}
      </Modal>
      <Modal opened={gone !== undefined} onClose={() => setRemoving(undefined)} title={w.removeTitle(gone?.name ?? "")}>
        <p>{w.removeBody}</p>
        <div className="row" style={{ justifyContent: "flex-end", marginTop: 20 }}>
          <Button variant="default" onClick={() => setRemoving(undefined)}>
            {w.form.cancel}
          </Button>
          <Button variant="outline" color="red" loading={save.busy} onClick={() => save.run(forms.filter((_, i) => i !== removing))}>
            {w.remove}
          </Button>
        </div>
      </Modal>
      {taking !== "" && <TakeBack id={taking} title={words.rollback.titleSlice(taking)} preview={runQueries.rollbackSlice(taking)} rollback={rollback} onClose={() => setTaking("")} />}
    </>
  );
}

function Slice(props: {
  slice: SliceView;
  place: number;
  first: boolean;
  last: boolean;
  busy: boolean;
  planning: Deed<[string], string>;
  onMove: (by: -1 | 1) => void;
  onEdit: () => void;
  onRemove: () => void;
  onTakeBack: () => void;
}) {
  const { slice: s, place, first, last, busy, planning, onMove, onEdit, onRemove, onTakeBack } = props;
  const [asking, setAsking] = useState(false);
  const accept = useDo(runs.accept, () => setAsking(false));
  const may = s.wait === "" || s.accepted_by !== "";
  const code = `slice/${s.name}`;
  return (
    <li className={css.slice}>
      <span className={css.place} aria-hidden>
        {place}
      </span>
      <div className={css.findingBody}>
        <h2 className="small">{s.name}</h2>
        <p className="soft">{s.words}</p>
        <p className="row">
          <Mark tone={s.state === "canary" || s.state === "stopped" ? "warn" : toneOf(s.state)}>{w.state[s.state] ?? s.state}</Mark>
          {s.there > 0 && <span className="faint">{w.there(count(s.there))}</span>}
        </p>
        {s.wait !== "" && s.state === "open" && (
          <p className={css.wait}>
            <Mark tone="warn">{w.waits}</Mark> {s.wait}
          </p>
        )}
        {s.accepted_by !== "" && s.state === "open" && (
          <p className="row faint">
            {w.accepted(s.accepted_by, s.accepted_why)}
            <Button size="compact-xs" variant="subtle" loading={accept.busy} onClick={() => accept.run(code, "")}>
              {words.preflight.takeBack}
            </Button>
          </p>
        )}
        {accept.problem && !asking && <ProblemNote problem={accept.problem} />}
      </div>
      <div className={css.sliceActions}>
        {may ? (
          <Button size="compact-sm" variant={s.state === "open" ? "filled" : "default"} disabled={busy} loading={planning.busy} aria-label={`${w.plan}: ${s.name}`} onClick={() => planning.run(s.name)}>
            {w.plan}
          </Button>
        ) : (
          <Button size="compact-sm" variant="default" disabled={busy} onClick={() => setAsking(true)}>
            {w.accept}…
          </Button>
        )}
        {s.there > 0 && (
          <Button size="compact-sm" variant="outline" color="red" disabled={busy} aria-label={`${w.back}: ${s.name}`} onClick={onTakeBack}>
            {w.back}…
          </Button>
        )}
        <span className="row">
          <ActionIcon variant="default" disabled={busy || first} aria-label={w.up(s.name)} onClick={() => onMove(-1)}>
            <IconArrowUp size={15} aria-hidden />
          </ActionIcon>
          <ActionIcon variant="default" disabled={busy || last} aria-label={w.down(s.name)} onClick={() => onMove(1)}>
            <IconArrowDown size={15} aria-hidden />
          </ActionIcon>
          <Button size="compact-sm" variant="subtle" disabled={busy} aria-label={`${w.edit}: ${s.name}`} onClick={onEdit}>
            {w.edit}
          </Button>
          <Button size="compact-sm" variant="subtle" color="red" disabled={busy} aria-label={`${w.remove}: ${s.name}`} onClick={onRemove}>
            {w.remove}
          </Button>
        </span>
      </div>
      <ByName opened={asking} title={w.acceptTitle(s.name)} label={words.preflight.why} button={words.preflight.as} danger busy={accept.busy} problem={accept.problem} onClose={() => setAsking(false)} onConfirm={(why) => accept.run(code, why)}>
        <p>{s.wait}</p>
        <p className="soft">{words.preflight.acceptBody}</p>
      </ByName>
    </li>
  );
}
