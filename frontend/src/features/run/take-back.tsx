import { useQuery, type UseQueryOptions } from "@tanstack/react-query";
import type { RollbackRow } from "../../api/types";
import { Ask } from "../../components/ask";
import { ConfirmNumber } from "../../components/confirm-number";
import type { Deed } from "../../components/do";
import { Figure } from "../../components/figure";
import { count } from "../../components/format";
import tables from "../../components/table.module.css";
import { runQueries } from "./api";
import { removedBy } from "./model";
import { words } from "./strings";

const w = words.rollback;

/** TakeBack lists first what would be removed, and then asks for the number. */
export function TakeBack(props: {
  id: string;
  title: string;
  preview: UseQueryOptions<RollbackRow[], Error, RollbackRow[], string[]>;
  rollback: Deed<[string], string>;
  onClose: () => void;
}) {
  const { id, title, rollback, onClose } = props;
  const preview = useQuery(props.preview);
  const desk = useQuery(runQueries.desk());
  const rows = preview.data ?? [];
  const number = removedBy(rows);
  return (
    <ConfirmNumber
      opened
      danger
      onClose={() => {
        rollback.forget();
        onClose();
      }}
      title={title}
      number={number}
      button={w.button(count(number))}
      busy={rollback.busy}
      problem={rollback.problem}
      onConfirm={() => {
        void rollback.ask(id).then((job) => {
          if (job !== undefined) onClose();
        });
      }}
    >
      <p>{w.body(desk.data?.title ?? "")}</p>
      <Ask of={preview} lines={4}>
        {(list) =>
          list.length === 0 ? (
            <p className="soft">{w.nothing}</p>
          ) : (
            <table className={`${tables.table} ${tables.dense}`}>
              <thead>
                <tr>
                  <th>{words.head.object}</th>
                  <th className={tables.num}>{w.remove}</th>
                </tr>
              </thead>
              <tbody>
                {list.map((r) => (
                  <tr key={r.object}>
                    <th scope="row">{r.title}</th>
                    <td className={tables.num}>
                      <Figure of={r.remove} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Ask>
    </ConfirmNumber>
  );
}
