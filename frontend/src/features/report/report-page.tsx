import { Button, Select, Textarea, TextInput } from "@mantine/core";
import { IconAlertTriangle, IconSignature } from "@tabler/icons-react";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { queries } from "../../api/queries";
import { reports } from "../../api/services";
import type { ReportView } from "../../api/types";
import { Ask } from "../../components/ask";
import { CopyButton } from "../../components/copy-button";
import { useDo } from "../../components/do";
import { count, when } from "../../components/format";
import { Manifest } from "../../components/manifest";
import { Mark, Verdict } from "../../components/marks";
import { Page, Section, Tabs } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute, type Route } from "../../components/route";
import tables from "../../components/table.module.css";
import { Logo } from "./logo";
import css from "./report.module.css";
import { Drawn, SignaturePad } from "./signature-pad";
import { words } from "./strings";
import { TrailTab } from "./trail-tab";
import { Verify } from "./verify";

const viewQuery = queryOptions({ queryKey: ["report"], queryFn: reports.view });
const TONES = { balances: "pass", waived: "warn", fails: "warn" } as const;

/** ReportPage is where the move is signed off and put on paper. */
export function ReportPage({ route }: { route: Route }) {
  const view = useQuery(viewQuery);
  const write = useDo(reports.write);
  const tabs = (
    <Tabs
      label={words.tabs}
      open={route.rest[0] ?? ""}
      tabs={[
        { id: "", title: words.page, href: formatRoute("report") },
        { id: "trail", title: words.trailTab, href: formatRoute("report", ["trail"]) },
      ]}
    />
  );
  if (route.rest[0] === "trail") {
    return (
      <Page title={words.title} lead={words.lead}>
        {tabs}
        <TrailTab />
      </Page>
    );
  }
  return (
    <Ask of={view}>
      {(v) => (
        <Page
          title={words.title}
          lead={words.lead}
          actions={
            <Button loading={write.busy} onClick={() => write.run()}>
              {words.write}
            </Button>
          }
        >
          {tabs}
          {write.problem && <ProblemNote problem={write.problem} />}
          <Verdict tone={TONES[v.verdict as keyof typeof TONES]} title={words.verdict[v.verdict] ?? v.verdict}>
            <p>{v.words}</p>
          </Verdict>
          <Account />
          <div className={css.two}>
            <div className={css.column}>
              <Section title={words.missing}>
                {v.missing.length === 0 ? (
                  <p>
                    <Mark tone="pass">{words.complete}</Mark>
                  </p>
                ) : (
                  <ul className={css.missing}>
                    {v.missing.map((m) => (
                      <li key={m}>
                        <IconAlertTriangle size={16} aria-hidden />
                        {m}
                      </li>
                    ))}
                  </ul>
                )}
              </Section>
              <Approvals view={v} />
              <Files view={v} />
              <Verify />
              <Logo logo={v.logo} />
              <Numbers />
              <Section title={words.audit}>
                <div className="between">
                  <div>
                    <p className="soft">{words.auditHint(count(v.audit_count))}</p>
                    <p className={css.hash}>{v.audit_hash}</p>
                    <a href={formatRoute("report", ["trail"])}>{words.openTrail}</a>
                  </div>
                  <CopyButton text={v.audit_hash} />
                </div>
              </Section>
            </div>
            <Sign view={v} />
          </div>
        </Page>
      )}
    </Ask>
  );
}

function Numbers() {
  const [written, setWritten] = useState("");
  const write = useDo(reports.oldNumbers, setWritten);
  return (
    <Section title={words.numbers}>
      {write.problem && <ProblemNote problem={write.problem} />}
      <div className="between">
        <div>
          <p className="soft">{words.numbersHint}</p>
          {written !== "" && <p role="status">{words.numbersWritten(written)}</p>}
        </div>
        <Button variant="default" style={{ flexShrink: 0 }} loading={write.busy} onClick={() => write.run()}>
          {words.writeNumbers}
        </Button>
      </div>
    </Section>
  );
}

function Account() {
  const home = useQuery(queries.home());
  return home.data && home.data.manifest.length > 0 ? <Manifest rows={home.data.manifest} /> : null;
}

function Approvals({ view }: { view: ReportView }) {
  return (
    <Section title={words.approvals}>
      {view.approvals.length === 0 ? (
        <p className="soft">{words.noApprovals}</p>
      ) : (
        <div className={tables.wrap}>
          <table className={`${tables.table} ${tables.top}`}>
            <thead>
              <tr>
                <th>{words.kind}</th>
                <th>{words.name}</th>
                <th>{words.statement}</th>
                <th>{words.at}</th>
              </tr>
            </thead>
            <tbody>
              {view.approvals.map((a, i) => (
                <tr key={i}>
                  <td>{words.kinds[a.kind] ?? a.kind}</td>
                  <td>
                    <strong>{a.name}</strong>
                    <div className="faint">{a.role}</div>
                    {a.drawn !== "" && <Drawn drawn={a.drawn} label={words.drawnBy(a.name)} />}
                  </td>
                  <td className="soft">{a.statement}</td>
                  <td className="soft" style={{ whiteSpace: "nowrap" }}>
                    {when(a.at)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

function Files({ view }: { view: ReportView }) {
  const open = useDo(reports.open);
  return (
    <Section title={words.files}>
      {open.problem && <ProblemNote problem={open.problem} />}
      {view.files.length === 0 ? (
        <p className="soft">{words.noFiles}</p>
      ) : (
        <div className={tables.wrap}>
          <table className={tables.table}>
            <thead>
              <tr>
                <th>{words.file}</th>
                <th>{words.at}</th>
                <th>{words.hash}</th>
                <td />
              </tr>
            </thead>
            <tbody>
              {view.files.map((f) => (
                <tr key={f.path}>
                  <td>
                    <strong>{f.name}</strong>
                  </td>
                  <td className="soft" style={{ whiteSpace: "nowrap" }}>
                    {when(f.at)}
                  </td>
                  <td className={css.hash} title={f.sha256}>
                    {f.sha256.slice(0, 16)}…
                  </td>
                  <td className={tables.num}>
                    <Button size="compact-sm" variant="default" onClick={() => open.run(f.path)} aria-label={`${words.open} ${f.name}`}>
                      {words.open}
                    </Button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

function Sign({ view }: { view: ReportView }) {
  const start = useQuery(queries.start());
  const person = start.data?.person;
  const [form, setForm] = useState<{ kind: string; name?: string; role?: string; statement?: string; drawn?: string }>({ kind: "business" });
  const name = form.name ?? person?.name ?? "";
  const role = form.role ?? person?.role ?? "";
  const statement = form.statement ?? words.statements[form.kind] ?? "";
  const sign = useDo(reports.sign, () => setForm({ kind: form.kind }));
  // An exception may be granted by name even while the manifest does not balance.
  const allowed = view.can_sign || form.kind === "waiver";
  return (
    <section className={`card ${css.sign}`} aria-label={words.signTitle}>
      <form
        className="stack"
        onSubmit={(e) => {
          e.preventDefault();
          sign.run(form.kind, name.trim(), role.trim(), statement.trim(), form.drawn ?? "");
        }}
      >
        <div>
          <h2 className="row">
            <IconSignature size={22} stroke={1.6} color="var(--accent)" aria-hidden />
            {words.signTitle}
          </h2>
          <p className="faint">{words.signHint}</p>
        </div>
        {!view.can_sign && <ProblemNote tone="warn" problem={{ code: "report.cannot_sign", what: words.cannot, why: view.cannot_sign, next: "" }} />}
        <Select
          label={words.kind}
          data={["business", "technical", "waiver"].map((k) => ({ value: k, label: words.kinds[k] ?? k }))}
          value={form.kind}
          allowDeselect={false}
          onChange={(v) => v !== null && setForm({ ...form, kind: v, statement: undefined })}
        />
        <TextInput label={words.name} required value={name} onChange={(e) => setForm({ ...form, name: e.currentTarget.value })} />
        <TextInput label={words.role} required value={role} onChange={(e) => setForm({ ...form, role: e.currentTarget.value })} />
        <Textarea label={words.statement} required autosize minRows={3} value={statement} onChange={(e) => setForm({ ...form, statement: e.currentTarget.value })} />
        <SignaturePad drawn={form.drawn ?? ""} onChange={(drawn) => setForm({ ...form, drawn })} />
        {sign.problem && <ProblemNote problem={sign.problem} />}
        <Button type="submit" variant="light" loading={sign.busy} disabled={!allowed || name.trim() === "" || role.trim() === "" || statement.trim() === ""}>
          {words.sign}
        </Button>
      </form>
    </section>
  );
}
