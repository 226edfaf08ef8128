import { Button, Modal, Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { MappingView, ObjectMapView } from "../../api/types";
import { useDo } from "../../components/do";
import { count, objectTitle } from "../../components/format";
import { ProblemNote } from "../../components/problem-note";
import { mapQueries, studio } from "./api";
import { FormulaEditor } from "./formula-editor";
import { words } from "./strings";

const w = words.routes;

/** Routes lets some records of an object become something else, by a condition. */
export function Routes({ view, object }: { view: MappingView; object: ObjectMapView }) {
  const [open, setOpen] = useState(false);
  const [target, setTarget] = useState<string | null>(null);
  const [when, setWhen] = useState("");
  const set = useDo(studio.setRoute, () => setOpen(false));
  const branch = object.when !== "";
  const routed = branch || view.objects.some((o) => o.source === object.source && o.when !== "");
  const counts = useQuery(mapQueries.routes(object.source, open && routed));
  const begin = () => {
    set.forget();
    setTarget(branch ? object.target : null);
    setWhen(object.when);
    setOpen(true);
  };
  return (
    <>
      {branch && <span className="faint">{w.only(object.when)}</span>}
      <Button size="compact-sm" variant="subtle" color="gray" onClick={begin}>
        {branch ? w.change : w.add}
      </Button>
      <Modal opened={open} onClose={() => setOpen(false)} title={w.title(object.source_title.toLowerCase())} size="lg">
        <div className="stack">
          <p className="soft">{w.body}</p>
          <Select
            label={w.becomes}
            data={view.target_objects.filter((o) => branch || o.name !== object.target).map((o) => ({ value: o.name, label: o.value.toLowerCase() }))}
            value={target}
            disabled={branch}
            onChange={setTarget}
            data-autofocus
          />
          <FormulaEditor object={object.source} label={w.when} hint={w.whenHint} value={when} onChange={setWhen} />
          {counts.data && (
            <div>
              <h3>{w.counts}</h3>
              <ul>
                {counts.data.map((c) => (
                  <li key={c.target + c.when}>
                    <strong>{count(c.count)}</strong> {c.unclear === true ? w.unclear : c.target === "" ? w.nowhere : `${objectTitle(c.target)}: ${c.when === "" ? w.rest : c.when}`}
                  </li>
                ))}
              </ul>
            </div>
          )}
          {set.problem && <ProblemNote problem={set.problem} />}
          <div className="row" style={{ justifyContent: "flex-end" }}>
            {branch && (
              <Button variant="outline" color="red" loading={set.busy} onClick={() => set.run(object.source, object.target, "", 0)} mr="auto">
                {w.remove}
              </Button>
            )}
            <Button variant="default" onClick={() => setOpen(false)}>
              {words.cancel}
            </Button>
            <Button loading={set.busy} disabled={target === null || when.trim() === ""} onClick={() => target !== null && set.run(object.source, target, when.trim(), 0)}>
              {branch ? w.change : w.save}
            </Button>
          </div>
        </div>
      </Modal>
    </>
  );
}
