import { Button, Modal, SegmentedControl, Textarea } from "@mantine/core";
import { useState } from "react";
import type { Problem, VersionView } from "../../api/types";
import type { ConflictView, ReviewView, WorkbookBack } from "../../api/types/versions";
import { versions } from "../../api/versions";
import { useDo } from "../../components/do";
import { Mark } from "../../components/marks";
import { ProblemNote } from "../../components/problem-note";
import tables from "../../components/table.module.css";
import css from "./mapping.module.css";
import { words } from "./strings";
import { words as more } from "./versions-strings";

const w = words.excel;
const b = more.back;

/** Returned shows what came back, asks where both sides changed the same, and takes it over whole or not at all. */
export function Returned({
  back,
  apply,
  notes = false,
  onClose,
}: {
  back: WorkbookBack;
  apply: (token: string, reason: string, theirs: boolean[]) => Promise<VersionView>;
  /** The mistakes can be written into a copy. */
  notes?: boolean;
  onClose: () => void;
}) {
  const [reason, setReason] = useState("");
  const [sides, setSides] = useState<Record<number, boolean>>({});
  const take = useDo(apply, onClose);
  const annotate = useDo(versions.annotateWorkbook);
  const [copy, setCopy] = useState("");
  const decided = Object.keys(sides).length;
  const open = back.conflicts.length - decided;
  return (
    <Modal opened onClose={onClose} title={b.title} size={820}>
      <div className="stack">
        <p className="faint" style={{ overflowWrap: "anywhere" }}>
          {w.file(back.file)}
        </p>
        {back.problems.length > 0 && (
          <>
            <Mark tone="fail">{w.mistakes(back.problems.length)}</Mark>
            <p className="soft">{w.mistakesHint}</p>
            <Mistakes problems={back.problems} />
          </>
        )}
        {back.changes.length > 0 && <Lines title={w.changes(back.changes.length)} lines={back.changes} />}
        {back.others.length > 0 && <Lines title={b.others} lines={back.others} />}
        {back.conflicts.length > 0 && <Conflicts list={back.conflicts} sides={sides} onChoose={(i, theirs) => setSides({ ...sides, [i]: theirs })} />}
        {back.review.said && <Review review={back.review} />}
        {back.notes.length > 0 && <Lines title={b.notes} lines={back.notes.map((n) => `${n.what} ${n.why}`)} />}
        {back.problems.length === 0 && back.token === "" && <p>{b.nothing}</p>}
        {copy !== "" && <p style={{ overflowWrap: "anywhere" }}>{w.annotated(copy)}</p>}
        {(take.problem ?? annotate.problem) && <ProblemNote problem={(take.problem ?? annotate.problem) as Problem} />}
        {back.token !== "" ? (
          <form
            className="stack"
            onSubmit={(e) => {
              e.preventDefault();
              take.run(
                back.token,
                reason.trim(),
                back.conflicts.map((_, i) => sides[i] ?? false),
              );
            }}
          >
            <Textarea label={words.reason} required autosize minRows={2} value={reason} onChange={(e) => setReason(e.currentTarget.value)} data-autofocus />
            <div className="row" style={{ justifyContent: "flex-end" }}>
              {open > 0 && <span className="faint">{b.decided(decided, back.conflicts.length)}</span>}
              <Button variant="default" onClick={onClose}>
                {words.cancel}
              </Button>
              <Button type="submit" loading={take.busy} disabled={reason.trim() === "" || open > 0}>
                {w.apply}
              </Button>
            </div>
          </form>
        ) : (
          notes &&
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

function Conflicts({ list, sides, onChoose }: { list: ConflictView[]; sides: Record<number, boolean>; onChoose: (i: number, theirs: boolean) => void }) {
  return (
    <div>
      <h3>{b.conflicts(list.length)}</h3>
      <p className="faint">{b.conflictsHint}</p>
      <ul className={css.list}>
        {list.map((c, i) => (
          <li key={i}>
            <div>{c.what}</div>
            <SegmentedControl
              fullWidth
              mt={6}
              aria-label={b.choose(c.what)}
              value={i in sides ? (sides[i] ? "there" : "here") : ""}
              onChange={(v) => onChoose(i, v === "there")}
              data={[
                { value: "here", label: `${b.here}: ${c.here}` },
                { value: "there", label: `${b.there}: ${c.there}` },
              ]}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}

function Review({ review }: { review: ReviewView }) {
  return (
    <div className="stack">
      <Mark tone={review.approved && !review.refused ? "pass" : "warn"}>
        {b.review(review.name, review.role, review.date)} {review.approved ? b.approves : b.objects}
      </Mark>
      {review.remark !== "" && <p>“{review.remark}”</p>}
      {review.approved && !review.refused && <p className="soft">{b.becomes}</p>}
      {review.refused && <ProblemNote problem={review.refused} />}
    </div>
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
              <td className={css.cell}>{place(p)}</td>
              <td>{p.what}</td>
              <td className="soft">{p.next}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** place says where a mistake is: sheet and cell, or file and line. */
function place(p: Problem): string {
  const at = p.where;
  if (!at) return "";
  if (at.sheet) return [at.sheet, at.cell].filter(Boolean).join(" ");
  return [at.file, at.line].filter(Boolean).join(":");
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
