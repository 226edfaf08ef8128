import { Button, Modal, PasswordInput, Select, TextInput } from "@mantine/core";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../api/call";
import { forgetProject } from "../api/query";
import { app } from "../api/services";
import type { PickedBackup, RestoredView, RestoreForm, RestoreOrder } from "../api/types-keep";
import { Ask } from "./ask";
import { useDo } from "./do";
import { count } from "./format";
import { JobPanel } from "./job-panel";
import { Mark } from "./marks";
import { ProblemNote } from "./problem-note";
import { go } from "./route";
import tables from "./table.module.css";
import { usePageJob } from "./use-page-job";
import css from "./restore.module.css";
import { PlaceField } from "./place-field";
import { words as w } from "./restore-strings";

const keep = {
  pickBackup: () => call<PickedBackup>("Keep", "PickBackup"),
  restore: (o: RestoreOrder) => call<string>("Keep", "Restore", o),
};
const restoreFormQuery = queryOptions({ queryKey: ["restore", "form"], queryFn: () => call<RestoreForm>("Keep", "RestoreForm") });
const restoredQuery = queryOptions({ queryKey: ["restore", "result"], queryFn: () => call<RestoredView | null>("Keep", "Restored") });

/** projectOf proposes the name of a project by its backup's: "Acme 2026-11-14 180200.waybill-backup" was Acme's. */
export function projectOf(name: string): string {
  return name.replace(/\.waybill-backup(\.\d+)?$/, "").replace(/ \d{4}-\d{2}-\d{2} \d{6}$/, "");
}

/** RestoreDialog makes a project of a backup and shows how all of it was compared. No project needs to be open. */
export function RestoreDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title={w.title} size="lg">
      {opened && <Body onClose={onClose} />}
    </Modal>
  );
}

function Body({ onClose }: { onClose: () => void }) {
  const form = useQuery(restoreFormQuery);
  const job = usePageJob(keep.restore, ["restore"]);
  const done = job.job?.state === "done";
  const result = useQuery({ ...restoredQuery, enabled: done, staleTime: 0 });
  if (done && result.data) return <Result of={result.data} onClose={onClose} />;
  return (
    <div className="stack">
      <p className="soft">{w.lead}</p>
      {job.start.problem && <ProblemNote problem={job.start.problem} />}
      {job.job && (job.active || job.job.error) && <JobPanel job={job.job} stages={false} />}
      {!job.active && <Ask of={form}>{(f) => <Fields form={f} onStart={(o) => job.start.run(o)} onClose={onClose} />}</Ask>}
    </div>
  );
}

function Fields({ form, onStart, onClose }: { form: RestoreForm; onStart: (o: RestoreOrder) => void; onClose: () => void }) {
  const [order, setOrder] = useState<RestoreOrder>({ kind: "folder", settings: {}, name: "", passphrase: "", folder: form.folder, project: "" });
  const set = (more: Partial<RestoreOrder>) => setOrder((o) => ({ ...o, ...more }));
  const pick = useDo(keep.pickBackup, (p) => p.name !== "" && setOrder((o) => ({ ...o, settings: { folder: p.folder }, name: p.name, project: o.project === "" ? projectOf(p.name) : o.project })));
  const choose = useDo(app.chooseFolder, (path) => path !== "" && set({ folder: path }));
  const asked = order.kind === "folder" ? [] : (form.kinds.find((k) => k.kind === order.kind)?.settings ?? []);
  const separator = order.folder.includes("\\") ? "\\" : "/";
  const ready = order.name !== "" && order.project.trim() !== "" && order.folder !== "" && asked.every((s) => s.optional || (order.settings[s.name] ?? "").trim() !== "");
  const problem = pick.problem ?? choose.problem;
  return (
    <form
      className="stack"
      onSubmit={(e) => {
        e.preventDefault();
        if (ready) onStart(order);
      }}
    >
      <Select
        label={w.where}
        data={form.kinds.map((k) => ({ value: k.kind, label: w.kinds[k.kind] ?? k.kind }))}
        value={order.kind}
        allowDeselect={false}
        onChange={(kind) => kind !== null && set({ kind, settings: {}, name: "" })}
      />
      {order.kind === "folder" ? (
        <div className={css.pick}>
          <TextInput label={w.file} readOnly value={order.name === "" ? "" : `${order.settings["folder"] ?? ""}${(order.settings["folder"] ?? "").includes("\\") ? "\\" : "/"}${order.name}`} />
          <Button variant="default" data-autofocus onClick={() => pick.run()}>
            {w.choose}
          </Button>
        </div>
      ) : (
        <>
          {asked.map((s) => (
            <PlaceField key={s.name} setting={s} has={false} value={order.settings[s.name] ?? ""} onChange={(v) => set({ settings: { ...order.settings, [s.name]: v } })} />
          ))}
          <TextInput label={w.name} description={w.nameHint} value={order.name} onChange={(e) => set({ name: e.currentTarget.value })} />
        </>
      )}
      <PasswordInput label={w.passphrase} description={w.passphraseHint} autoComplete="off" value={order.passphrase} onChange={(e) => set({ passphrase: e.currentTarget.value })} />
      <TextInput label={w.project} value={order.project} onChange={(e) => set({ project: e.currentTarget.value })} />
      <div className={css.pick}>
        <TextInput label={w.folder} value={order.folder} onChange={(e) => set({ folder: e.currentTarget.value })} />
        <Button variant="default" onClick={() => choose.run()}>
          {w.choose}
        </Button>
      </div>
      {ready && <p className={`faint ${css.wrap}`}>{w.will(`${order.folder}${separator}${order.project.trim()}.waybill`)}</p>}
      {problem && <ProblemNote problem={problem} />}
      <div className="row" style={{ justifyContent: "flex-end" }}>
        <Button variant="default" onClick={onClose}>
          {w.cancel}
        </Button>
        <Button type="submit" disabled={!ready}>
          {w.start}
        </Button>
      </div>
    </form>
  );
}

function Result({ of, onClose }: { of: RestoredView; onClose: () => void }) {
  const open = useDo(app.openProject, () => {
    forgetProject();
    onClose();
    go("home");
  });
  return (
    <div className="stack">
      <Mark tone={of.passed ? "pass" : "fail"}>{of.passed ? w.passed : w.failed}</Mark>
      {of.wrong.length > 0 && (
        <ul className={css.plainList}>
          {of.wrong.map((x) => (
            <li key={x}>{x}</li>
          ))}
        </ul>
      )}
      <div className={tables.wrap}>
        <table className={`${tables.table} ${tables.dense}`}>
          <thead>
            <tr>
              <th>{w.object}</th>
              <th className={tables.num}>{w.backed}</th>
              <th className={tables.num}>{w.restored}</th>
              <th>{w.same}</th>
            </tr>
          </thead>
          <tbody>
            {of.objects.map((o) => (
              <tr key={o.title}>
                <th scope="row">{o.title}</th>
                <td className={tables.num}>{count(o.backed)}</td>
                <td className={tables.num}>{count(o.restored)}</td>
                <td>
                  <Mark tone={o.same ? "pass" : "fail"} size={14}>
                    {o.same ? w.sameYes : w.sameNo}
                  </Mark>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p>
        {w.files(count(of.files), count(of.opened))} {of.unopenable > 0 && w.unopenable(count(of.unopenable))} {of.audit ? w.audit : w.noAudit} {w.seconds(count(Math.ceil(of.seconds)))}
      </p>
      <div>
        <p className="faint">{w.manifest}</p>
        <p className={css.hash}>{of.manifest}</p>
      </div>
      <p className={`soft ${css.wrap}`}>{w.at(of.path)}</p>
      {open.problem && <ProblemNote problem={open.problem} />}
      <div className="row" style={{ justifyContent: "flex-end" }}>
        <Button variant="default" onClick={onClose}>
          {w.close}
        </Button>
        <Button loading={open.busy} onClick={() => open.run(of.path)}>
          {w.open}
        </Button>
      </div>
    </div>
  );
}
