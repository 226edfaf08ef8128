import { Button, Modal, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { isCode } from "../../api/call";
import { mapping } from "../../api/services";
import type { MappingView } from "../../api/types";
import { Ask } from "../../components/ask";
import { useDo } from "../../components/do";
import { Empty, Page, Tabs } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute, replace, type Route } from "../../components/route";
import { mapQueries } from "./api";
import css from "./mapping.module.css";
import { ObjectView } from "./object-view";
import { RuleEditor } from "./rule-editor";
import { words } from "./strings";
import { Versions } from "./versions";
import { Workbook } from "./workbook";

const VERSIONS = "versions";

/** MappingPage says what each field of the target is filled with. */
export function MappingPage({ route }: { route: Route }) {
  const view = useQuery(mapQueries.view());
  if (view.data === undefined && isCode(view.error, "mapping.too_early")) {
    return (
      <Page title={words.title} lead={words.lead}>
        <Empty
          title={words.empty}
          buttons={
            <Button component="a" href={formatRoute("source")}>
              {words.emptyButton}
            </Button>
          }
        >
          {words.emptyBody}
        </Empty>
      </Page>
    );
  }
  return <Ask of={view}>{(v) => <Content view={v} route={route} />}</Ask>;
}

function Content({ view, route }: { view: MappingView; route: Route }) {
  const suggest = useDo(mapping.suggest);
  const wantsVersions = route.rest[0] === VERSIONS;
  const usual = view.objects.find((o) => o.source === "ticket") ?? view.objects[0];
  const object = wantsVersions ? undefined : (view.objects.find((o) => o.source === route.rest[0]) ?? usual);
  const field = object?.fields.find((f) => f.target.name === route.query["field"]);
  if (view.objects.length === 0) {
    return (
      <Page title={words.title} lead={words.lead}>
        {suggest.problem && <ProblemNote problem={suggest.problem} />}
        <Empty
          title={words.empty}
          buttons={
            <Button loading={suggest.busy} onClick={() => suggest.run()}>
              {words.suggest}
            </Button>
          }
        >
          {words.emptyBody}
        </Empty>
      </Page>
    );
  }
  return (
    <Page
      title={words.title}
      lead={`${words.lead} ${words.inForce(view.version)} ${words.leftLead(view.left)}`}
      actions={
        <>
          {view.left > 0 && (
            <Button variant="default" loading={suggest.busy} onClick={() => suggest.run()}>
              {words.suggestAgain}
            </Button>
          )}
          <Workbook />
          <Accept disabled={!view.changed} />
        </>
      }
      panel={
        object &&
        field && <RuleEditor key={object.source + field.target.name} object={object} row={field} onClose={() => replace(formatRoute("mapping", [object.source]))} />
      }
    >
      {suggest.problem && <ProblemNote problem={suggest.problem} />}
      {view.changed && view.version > 0 && <Changed view={view} />}
      {view.problems.map((p, i) => (
        <ProblemNote key={i} problem={p} tone="warn" />
      ))}
      <Tabs
        label={words.title}
        open={object?.source ?? VERSIONS}
        tabs={[
          ...view.objects.map((o) => ({
            id: o.source,
            title: o.source_title,
            href: formatRoute("mapping", [o.source]),
            note: o.target === "" ? words.notMoved : o.left > 0 ? words.left(o.left) : "",
            left: o.target !== "" && o.left > 0,
          })),
          { id: VERSIONS, title: words.versions, href: formatRoute("mapping", [VERSIONS]), note: view.versions.length > 0 ? String(view.versions.length) : "" },
        ]}
      />
      {object ? <ObjectView key={object.source} view={view} object={object} open={field?.target.name ?? ""} /> : <Versions current={view.version} />}
    </Page>
  );
}

function Changed({ view }: { view: MappingView }) {
  const [asking, setAsking] = useState(false);
  const discard = useDo(mapping.discard, () => setAsking(false));
  return (
    <div className={css.changed}>
      <details className="grow">
        <summary>{words.changedN(Math.max(1, view.changes.length))}</summary>
        <ul>
          {view.changes.map((c, i) => (
            <li key={i}>{c}</li>
          ))}
        </ul>
      </details>
      <Button size="compact-sm" variant="default" onClick={() => setAsking(true)}>
        {words.discard}
      </Button>
      <Modal opened={asking} onClose={() => setAsking(false)} title={words.discardTitle}>
        <p>{words.discardBody(view.version)}</p>
        {discard.problem && <ProblemNote problem={discard.problem} />}
        <div className="row" style={{ justifyContent: "flex-end", marginTop: 20 }}>
          <Button variant="default" onClick={() => setAsking(false)}>
            {words.cancel}
          </Button>
          <Button variant="outline" color="red" loading={discard.busy} onClick={() => discard.run()}>
            {words.discard}
          </Button>
        </div>
      </Modal>
    </div>
  );
}

function Accept({ disabled }: { disabled: boolean }) {
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState("");
  const accept = useDo(mapping.accept, () => {
    setAsking(false);
    setReason("");
  });
  return (
    <>
      <Button disabled={disabled} onClick={() => setAsking(true)}>
        {words.accept}…
      </Button>
      <Modal opened={asking} onClose={() => setAsking(false)} title={words.acceptTitle}>
        <form
          className="stack"
          onSubmit={(e) => {
            e.preventDefault();
            accept.run(reason.trim());
          }}
        >
          <p>{words.acceptBody}</p>
          <Textarea label={words.reason} placeholder={words.reasonPlaceholder} required autosize minRows={2} value={reason} onChange={(e) => setReason(e.currentTarget.value)} data-autofocus />
          {accept.problem && <ProblemNote problem={accept.problem} />}
          <div className="row" style={{ justifyContent: "flex-end" }}>
            <Button variant="default" onClick={() => setAsking(false)}>
              {words.cancel}
            </Button>
            <Button type="submit" loading={accept.busy} disabled={reason.trim() === ""}>
              {words.accept}
            </Button>
          </div>
        </form>
      </Modal>
    </>
  );
}
