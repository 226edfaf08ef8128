import { Button, Checkbox, Modal, SegmentedControl, Select, Textarea, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { mapping } from "../../api/services";
import type { FieldMapView, MappingView, ObjectMapView } from "../../api/types";
import { useDo } from "../../components/do";
import { Figure } from "../../components/figure";
import { ProblemNote } from "../../components/problem-note";
import { AllColumns } from "./all-columns";
import { openFirst } from "./model";
import { Routes } from "./routes";
import { Studio } from "./studio";
import { narrow } from "./studio-model";
import own from "./studio.module.css";
import { words } from "./strings";

const NOWHERE = "\u0000";

/** Look is how the person looks at the fields; it stays while other objects are opened. */
export interface Look {
  search: string;
  hideDone: boolean;
  all: boolean;
}

/** ObjectView is the mapping of one object: source and target side by side, or all that is said of each field. */
export function ObjectView(props: { view: MappingView; object: ObjectMapView; route: string[]; open: string; look: Look; onLook: (l: Look) => void }) {
  const { view, object, route, open, look, onLook } = props;
  const accept = useDo((f: FieldMapView) => mapping.setField(object.id, { ...f.map, state: "reviewed" }));
  const rows = useMemo(() => openFirst(object.fields), [object.fields]);
  const shown = useMemo(() => narrow(object, rows, look.search, look.hideDone), [object, rows, look.search, look.hideDone]);
  return (
    <>
      <div className={own.tools}>
        <strong>
          <Figure of={object.rows} what={object.source_title} /> {object.source_title.toLowerCase()}
        </strong>
        {object.when === "" ? <TargetOf view={view} object={object} /> : <span className="soft">{`${words.becomes} ${object.target_title.toLowerCase()}`}</span>}
        <Routes view={view} object={object} />
        {object.target !== "" && (
          <div className={own.end}>
            <TextInput
              aria-label={words.filter}
              placeholder={words.filter}
              leftSection={<IconSearch size={15} />}
              w={150}
              value={look.search}
              onChange={(e) => onLook({ ...look, search: e.currentTarget.value })}
            />
            <Checkbox label={words.onlyOpen} checked={look.hideDone} onChange={(e) => onLook({ ...look, hideDone: e.currentTarget.checked })} />
            <SegmentedControl
              aria-label={words.lookAs}
              data={[{ value: "lines", label: words.lines }, { value: "all", label: words.allColumns }]}
              value={look.all ? "all" : "lines"}
              onChange={(v) => onLook({ ...look, all: v === "all" })}
            />
          </div>
        )}
      </div>
      {accept.problem && <ProblemNote problem={accept.problem} />}
      {object.target === "" && object.why !== "" && (
        <p className="soft">
          {words.whyNot} {object.why}
        </p>
      )}
      {object.target !== "" &&
        (look.all ? (
          <AllColumns object={object} route={route} rows={shown.rows} open={open} busy={accept.busy} onAccept={accept.run} />
        ) : (
          <Studio object={object} route={route} shown={shown} open={open} busy={accept.busy} onAccept={accept.run} />
        ))}
    </>
  );
}

function TargetOf({ view, object }: { view: MappingView; object: ObjectMapView }) {
  const [asking, setAsking] = useState(false);
  const [why, setWhy] = useState("");
  const set = useDo(mapping.setObject, () => setAsking(false));
  return (
    <>
      {object.target !== "" && <span className="soft">{words.becomes}</span>}
      <Select
        aria-label={`${object.source_title} ${words.becomes}`}
        w={150}
        data={[...view.target_objects.map((o) => ({ value: o.name, label: o.value.toLowerCase() })), { value: NOWHERE, label: words.notMoved }]}
        value={object.target === "" ? NOWHERE : object.target}
        allowDeselect={false}
        onChange={(v) => {
          if (v === NOWHERE) setAsking(true);
          else if (v !== null) set.run(object.source, v, "");
        }}
      />
      {set.problem && <ProblemNote problem={set.problem} />}
      <Modal opened={asking} onClose={() => setAsking(false)} title={words.notMovedTitle(object.source_title.toLowerCase())}>
        <form
          className="stack"
          onSubmit={(e) => {
            e.preventDefault();
            set.run(object.source, "", why.trim());
          }}
        >
          <Textarea label={words.notMovedWhy} required autosize minRows={2} value={why} onChange={(e) => setWhy(e.currentTarget.value)} data-autofocus />
          <div className="row" style={{ justifyContent: "flex-end" }}>
            <Button variant="default" onClick={() => setAsking(false)}>
              {words.cancel}
            </Button>
            <Button type="submit" variant="outline" color="red" disabled={why.trim() === ""} loading={set.busy}>
              {words.notMovedButton}
            </Button>
          </div>
        </form>
      </Modal>
    </>
  );
}
