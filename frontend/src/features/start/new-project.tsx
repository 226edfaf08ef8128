import { Button, Modal, TextInput } from "@mantine/core";
import { useState } from "react";
import { forgetProject } from "../../api/query";
import { app } from "../../api/services";
import { useDo } from "../../components/do";
import { ProblemNote } from "../../components/problem-note";
import { go } from "../../components/route";
import { words } from "./strings";

const w = words.form;

/** goodName says whether a name can be a folder on every system. */
export function goodName(name: string): boolean {
  return name.trim() !== "" && !/[/\\:*?"<>|]/.test(name) && !/^\.+$/.test(name.trim());
}

/** NewProject asks for the three things that a project needs. */
export function NewProject({ opened, onClose, folder }: { opened: boolean; onClose: () => void; folder: string }) {
  return (
    <Modal opened={opened} onClose={onClose} title={w.title} size="lg">
      {opened && <Form folder={folder} onClose={onClose} />}
    </Modal>
  );
}

function Form({ folder, onClose }: { folder: string; onClose: () => void }) {
  const [form, setForm] = useState({ name: "", company: "", folder });
  const create = useDo(app.newProject, () => {
    forgetProject();
    go("source");
  });
  const choose = useDo(app.chooseFolder, (path) => {
    if (path !== "") setForm((f) => ({ ...f, folder: path }));
  });
  const ok = goodName(form.name) && form.folder !== "";
  const separator = form.folder.includes("\\") ? "\\" : "/";
  return (
    <form
      className="stack"
      onSubmit={(e) => {
        e.preventDefault();
        if (ok) create.run({ ...form, name: form.name.trim(), company: form.company.trim() });
      }}
    >
      <TextInput
        label={w.name}
        placeholder={w.namePlaceholder}
        data-autofocus
        required
        value={form.name}
        onChange={(e) => {
          const name = e.currentTarget.value;
          setForm((f) => ({ ...f, name }));
        }}
        error={form.name !== "" && !goodName(form.name) ? w.badName : undefined}
      />
      <TextInput
        label={w.company}
        description={w.companyHint}
        placeholder={w.companyPlaceholder}
        value={form.company}
        onChange={(e) => {
          const company = e.currentTarget.value;
          setForm((f) => ({ ...f, company }));
        }}
      />
      <div className="row" style={{ alignItems: "flex-end" }}>
        <TextInput
          className="grow"
          label={w.folder}
          required
          value={form.folder}
          onChange={(e) => {
            const path = e.currentTarget.value;
            setForm((f) => ({ ...f, folder: path }));
          }}
        />
        <Button variant="default" onClick={() => choose.run()}>
          {w.choose}
        </Button>
      </div>
      {ok && <p className="faint">{w.will(`${form.folder}${separator}${form.name.trim()}.waybill`)}</p>}
      {create.problem && <ProblemNote problem={create.problem} />}
      <div className="row" style={{ justifyContent: "flex-end" }}>
        <Button variant="default" onClick={onClose}>
          {w.cancel}
        </Button>
        <Button type="submit" disabled={!ok} loading={create.busy}>
          {w.create}
        </Button>
      </div>
    </form>
  );
}
