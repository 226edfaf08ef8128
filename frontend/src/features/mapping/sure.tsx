import { Button, Checkbox, Modal, NumberInput } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { toProblem } from "../../api/call";
import type { SureRow } from "../../api/types";
import { Waiting } from "../../components/ask";
import { useDo } from "../../components/do";
import { ProblemNote } from "../../components/problem-note";
import tables from "../../components/table.module.css";
import { mapQueries, studio } from "./api";
import own from "./studio.module.css";
import { words } from "./strings";

const w = words.sureDialog;
const key = (r: SureRow) => `${r.object} ${r.field}`;

/** AcceptSure accepts all suggestions above a confidence together, after showing which. */
export function AcceptSure() {
  const [open, setOpen] = useState(false);
  const [percent, setPercent] = useState(95);
  const [without, setWithout] = useState<Set<string>>(new Set());
  const sure = useQuery({ ...mapQueries.sure("", percent, open), placeholderData: keepPreviousData });
  const accept = useDo(studio.acceptSure, () => setOpen(false));
  const rows = sure.data?.accepted ?? [];
  const chosen = rows.filter((r) => !without.has(key(r)));
  return (
    <>
      <Button
        size="compact-md"
        variant="light"
        onClick={() => {
          accept.forget();
          setWithout(new Set());
          setOpen(true);
        }}
      >
        {w.button}…
      </Button>
      <Modal opened={open} onClose={() => setOpen(false)} title={w.title} size={860}>
        <div className="stack">
          <div className="row">
            <NumberInput label={w.percent} description={w.percentHint} min={50} max={100} step={5} w={220} value={percent} onChange={(v) => setPercent(Math.max(50, Math.min(100, Number(v) || 95)))} data-autofocus />
          </div>
          {sure.error && <ProblemNote problem={toProblem(sure.error)} />}
          {accept.problem && <ProblemNote problem={accept.problem} />}
          {sure.isPending ? (
            <Waiting lines={4} />
          ) : rows.length === 0 ? (
            <p className="soft">{w.none(percent)}</p>
          ) : (
            <div className={own.sure} tabIndex={0} role="region" aria-label={w.list}>
              <table className={`${tables.table} ${tables.dense}`}>
                <thead>
                  <tr>
                    <td />
                    <th>{words.head.target}</th>
                    <th>{words.head.rule}</th>
                    <th>{w.example}</th>
                    <th className={tables.num}>{w.sure}</th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((r) => (
                    <tr key={key(r)} title={r.reason}>
                      <td>
                        <Checkbox
                          size="xs"
                          aria-label={`${r.object_title}, ${r.field_title}`}
                          checked={!without.has(key(r))}
                          onChange={(e) => {
                            const next = new Set(without);
                            if (e.currentTarget.checked) next.delete(key(r));
                            else next.add(key(r));
                            setWithout(next);
                          }}
                        />
                      </td>
                      <td>
                        <strong>{r.field_title}</strong> <span className="faint">{r.object_title}</span>
                      </td>
                      <td>{r.words}</td>
                      <td className="soft" dir="auto">
                        {r.before === "" && r.after === "" ? "" : `${r.before || words.nothingIn} → ${r.after || words.nothingIn}`}
                      </td>
                      <td className={tables.num}>{words.sure(r.confidence)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
          {(sure.data?.passed.length ?? 0) > 0 && (
            <details>
              <summary className="soft">{w.passed(sure.data?.passed.length ?? 0)}</summary>
              <ul className="soft" style={{ marginTop: 6, maxHeight: 140, overflowY: "auto" }}>
                {sure.data?.passed.map((r) => (
                  <li key={key(r)}>
                    <strong>
                      {r.object_title}, {r.field_title}
                    </strong>{" "}
                    {r.why}
                  </li>
                ))}
              </ul>
            </details>
          )}
          <div className="row" style={{ justifyContent: "flex-end" }}>
            <span className="faint grow">{w.hint}</span>
            <Button variant="default" onClick={() => setOpen(false)}>
              {words.cancel}
            </Button>
            <Button disabled={chosen.length === 0} loading={accept.busy} onClick={() => accept.run(chosen)}>
              {w.accept(chosen.length)}
            </Button>
          </div>
        </div>
      </Modal>
    </>
  );
}
