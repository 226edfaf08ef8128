import { Button, Checkbox, Modal, Select, Textarea } from "@mantine/core";
import { useState } from "react";
import { mapping } from "../../api/services";
import type { BeforeAfter, FieldMapView, MappingView, ObjectMapView } from "../../api/types";
import { useDo } from "../../components/do";
import { Figure } from "../../components/figure";
import { typeTitle } from "../../components/format";
import { Mark, Pill } from "../../components/marks";
import { Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute } from "../../components/route";
import tables from "../../components/table.module.css";
import css from "./mapping.module.css";
import { openFirst, stateOf, sureOnes, titleOf } from "./model";
import { words } from "./strings";

const NOWHERE = "\u0000";

/** ObjectView is the mapping of one object: each row a target field and its rule as a sentence. */
export function ObjectView({ view, object, open }: { view: MappingView; object: ObjectMapView; open: string }) {
  const [only, setOnly] = useState(false);
  const sure = sureOnes(object);
  const acceptSure = useDo(async () => {
    for (const f of sure) await mapping.setField(object.source, { ...f.map, state: "reviewed" });
  });
  const accept = useDo((f: FieldMapView) => mapping.setField(object.source, { ...f.map, state: "reviewed" }));
  const rows = openFirst(object.fields).filter((f) => !only || stateOf(f) !== "reviewed");
  const problem = accept.problem ?? acceptSure.problem;
  return (
    <>
      <div className={css.head}>
        <strong>
          <Figure of={object.rows} what={object.source_title} /> {object.source_title.toLowerCase()}
        </strong>
        <TargetOf view={view} object={object} />
        <div className={css.right}>
          {object.target !== "" && <Checkbox label={words.onlyOpen} checked={only} onChange={(e) => setOnly(e.currentTarget.checked)} />}
          {sure.length > 0 && (
            <Button variant="light" title={words.acceptSureHint} loading={acceptSure.busy} onClick={() => acceptSure.run()}>
              {words.acceptSure(sure.length)}
            </Button>
          )}
        </div>
      </div>
      {problem && <ProblemNote problem={problem} />}
      {object.target === "" && object.why !== "" && (
        <p className="soft">
          {words.whyNot} {object.why}
        </p>
      )}
      {object.target !== "" && (
        <div className={tables.wrap}>
          <table className={`${tables.table} ${tables.hover} ${css.table}`}>
            <colgroup>
              <col style={{ width: "18%" }} />
              <col style={{ width: "16%" }} />
              <col style={{ width: "25%" }} />
              <col />
              <col style={{ width: 156 }} />
            </colgroup>
            <thead>
              <tr>
                <th>{words.head.target}</th>
                <th>{words.head.from}</th>
                <th>{words.head.rule}</th>
                <th>{words.head.samples}</th>
                <th>{words.head.state}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((f) => (
                <Row key={f.target.name} object={object.source} row={f} selected={f.target.name === open} busy={accept.busy} onAccept={() => accept.run(f)} />
              ))}
              {rows.length === 0 && (
                <tr>
                  <td colSpan={5} className="soft">
                    {words.done}
                  </td>
                </tr>
              )}
            </tbody>
          </table>
        </div>
      )}
      {object.target !== "" && object.unused.length > 0 && (
        <Section title={`${words.unused} (${object.unused.length})`} aside={<span className="faint">{words.unusedHint}</span>}>
          <div className={css.unused}>
            {object.unused.map((u) => (
              <Pill key={u}>{u}</Pill>
            ))}
          </div>
        </Section>
      )}
    </>
  );
}

function Row({ object, row, selected, busy, onAccept }: { object: string; row: FieldMapView; selected: boolean; busy: boolean; onAccept: () => void }) {
  const state = stateOf(row);
  const sources = row.map.sources ?? [];
  const first = row.problems[0];
  return (
    <tr data-selected={selected}>
      <td>
        <a className={`${tables.open} ${css.target}`} href={formatRoute("mapping", [object], { field: row.target.name })}>
          {titleOf(row.target)}
        </a>
        {row.target.required === true ? <span className={css.req}>{words.required}</span> : <span className="faint" style={{ display: "block" }}>{typeTitle(row.target.type)}</span>}
      </td>
      <td className={css.from}>{sources.length === 0 ? <span className="faint">{words.noSource}</span> : sources.join(", ")}</td>
      <td className={css.rule}>{first ? <span className={css.held}>{first.what}</span> : row.words}</td>
      <td>
        <Samples samples={row.samples} />
      </td>
      <td>
        <div className={css.state}>
          {state === "problem" && <Mark tone="fail">{words.state.problem}</Mark>}
          {state === "open" && <Mark tone="warn">{words.state.open}</Mark>}
          {state === "reviewed" && <Mark tone="pass">{words.state.reviewed}</Mark>}
          {state === "proposed" && (
            <>
              <span title={row.map.reason}>
                <Mark tone="note">
                  {words.state.proposed} {words.sure(row.map.confidence ?? 0)}
                </Mark>
              </span>
              <Button size="compact-xs" variant="default" disabled={busy} onClick={onAccept} aria-label={`${words.acceptOne}: ${titleOf(row.target)}`}>
                {words.acceptOne}
              </Button>
            </>
          )}
        </div>
      </td>
    </tr>
  );
}

/** distinct shows each value once, those that cannot be changed first. */
export function distinct(samples: BeforeAfter[]): BeforeAfter[] {
  const once = samples.filter((s, i) => samples.findIndex((o) => o.before === s.before) === i);
  return [...once.filter((s) => s.problem), ...once.filter((s) => !s.problem)];
}

function Samples({ samples }: { samples: BeforeAfter[] }) {
  return (
    <div className={css.samples}>
      {distinct(samples).slice(0, 2).map((s, i) => (
        <div key={i} style={{ display: "contents" }}>
          <span className={`${css.before} clip`} title={s.before} dir="auto">
            {s.before || words.nothingIn}
          </span>
          <span className={css.arrow} aria-label={words.editor.after}>
            →
          </span>
          {s.problem ? (
            <span className={`${css.held} clip`} title={s.problem.what}>
              {words.heldWord}
            </span>
          ) : (
            <span className="clip" title={s.after} dir="auto">
              {s.after || <span className="faint">{words.nothingIn}</span>}
            </span>
          )}
        </div>
      ))}
    </div>
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
        w={210}
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
