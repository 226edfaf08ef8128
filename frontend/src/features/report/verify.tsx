import { Button } from "@mantine/core";
import { useState } from "react";
import { reports } from "../../api/services";
import type { VerifyView } from "../../api/types-proof";
import { useDo } from "../../components/do";
import { Mark } from "../../components/marks";
import { Section } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import tables from "../../components/table.module.css";
import { words } from "./strings";

/** Verify tells whether a report that somebody holds is the one that was sealed. */
export function Verify() {
  const [seen, setSeen] = useState<VerifyView | undefined>(undefined);
  const verify = useDo(reports.verify, (v) => v.files.length > 0 && setSeen(v));
  return (
    <Section title={words.verify}>
      {verify.problem && <ProblemNote problem={verify.problem} />}
      <div className="between">
        <p className="soft">{words.verifyHint}</p>
        <Button variant="default" style={{ flexShrink: 0 }} loading={verify.busy} onClick={() => verify.run()}>
          {words.verifyChoose}
        </Button>
      </div>
      {seen && (
        <div role="status" className="stack">
          <p>
            <Mark tone={seen.unchanged ? "pass" : "fail"}>{seen.unchanged ? words.unchanged : words.changed}</Mark> <strong>{seen.report}</strong>
          </p>
          <p>
            {seen.sentence} {seen.project}
          </p>
          {seen.signed.length > 0 && <p className="soft">{words.signedBy(seen.signed.join("; "))}</p>}
          <div className={tables.wrap}>
            <table className={`${tables.table} ${tables.dense}`}>
              <thead>
                <tr>
                  <th>{words.file}</th>
                  <th>{words.state}</th>
                </tr>
              </thead>
              <tbody>
                {seen.files.map((f) => (
                  <tr key={f.name}>
                    <td>
                      {f.name} <span className="faint">{f.what}</span>
                    </td>
                    <td>
                      <Mark tone={f.state === "unchanged" ? "pass" : "fail"}>{words.states[f.state] ?? f.state}</Mark>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </div>
      )}
    </Section>
  );
}
