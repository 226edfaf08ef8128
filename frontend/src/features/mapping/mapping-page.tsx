import { Button, Modal, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { isCode } from "../../api/call";
import { mapping } from "../../api/services";
import type { MappingView, ObjectMapView } from "../../api/types";
import { Ask } from "../../components/ask";
import { useDo } from "../../components/do";
import { count } from "../../components/format";
import { Empty, Page, Tabs } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute, replace, type Route } from "../../components/route";
import { mapQueries } from "./api";
import { DryCheck } from "./dry-check";
import css from "./mapping.module.css";
import { ObjectView, type Look } from "./object-view";
import { CHECK, PARTS, PEOPLE, SHAPE, VERSIONS } from "./parts";
import { People } from "./people";
import { RuleEditor } from "./rule-editor";
import { leftOf } from "./studio-model";
import own from "./studio.module.css";
import { words } from "./strings";
import { AcceptSure } from "./sure";
import { UndoRedo } from "./undo";
import { Shape } from "./shape";
import { Versions } from "./versions";
import { Workbook } from "./workbook";

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
  const [look, setLook] = useState<Look>({ search: "", hideDone: false, all: false });
  const part = PARTS.find((p) => p === route.rest[0]);
  const usual = view.objects.find((o) => o.source === "ticket") ?? view.objects[0];
  const object = part !== undefined ? undefined : (view.objects.find((o) => o.id === route.rest[0]) ?? view.objects.find((o) => o.source === route.rest[0]) ?? usual);
  const field = object?.fields.find((f) => f.target.name === route.query["field"]);
  const from = route.query["from"] ?? "";
  const rest = object ? [object.id] : [];
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
      lead={`${words.lead} ${words.inForce(view.version)} ${leftWords(view)}${view.dry && view.dry.held > 0 ? ` ${words.wouldHold(count(view.dry.held), view.dry.stale)}` : ""}`}
      actions={
        <>
          {part !== VERSIONS && <UndoRedo undo={view.undo} redo={view.redo} />}
          <Workbook />
          <Accept disabled={!view.changed} />
        </>
      }
      panel={object && field && <RuleEditor key={object.id + field.target.name + from} object={object} row={field} from={from} onClose={() => replace(formatRoute("mapping", rest))} />}
    >
      {suggest.problem && <ProblemNote problem={suggest.problem} />}
      {view.changed && view.version > 0 && <Changed view={view} />}
      {view.problems.map((p, i) => (
        <ProblemNote key={i} problem={p} tone="warn" />
      ))}
      <div className={own.parts}>
      <Tabs
        label={words.parts}
        open={part ?? "fields"}
        tabs={[
          { id: "fields", title: words.fields, href: formatRoute("mapping"), note: view.left > 0 ? words.left(view.left) : "", left: view.left > 0 },
          { id: PEOPLE, title: words.people.title, href: formatRoute("mapping", [PEOPLE]) },
          { id: SHAPE, title: words.shape.title, href: formatRoute("mapping", [SHAPE]) },
          { id: CHECK, title: words.dry.title, href: formatRoute("mapping", [CHECK]), note: view.dry && view.dry.held > 0 ? count(view.dry.held) : "", left: true },
          { id: VERSIONS, title: words.versions, href: formatRoute("mapping", [VERSIONS]), note: view.versions.length > 0 ? String(view.versions.length) : "" },
        ]}
      />
        {object && (
          <div className={own.deeds}>
            {view.left > 0 && (
              <Button size="compact-md" variant="default" loading={suggest.busy} onClick={() => suggest.run()}>
                {words.suggestAgain}
              </Button>
            )}
            <AcceptSure />
          </div>
        )}
      </div>
      {object && (
        <div className={own.fields} data-changed={view.changed && view.version > 0}>
          <Objects objects={view.objects} open={object} />
          <ObjectView key={object.id} view={view} object={object} route={rest} open={field?.target.name ?? ""} look={look} onLook={setLook} />
        </div>
      )}
      {part === PEOPLE && <People />}
      {part === SHAPE && <Shape />}
      {part === CHECK && <DryCheck />}
      {part === VERSIONS && <Versions current={view.version} />}
    </Page>
  );
}

/** leftWords counts what is left to decide. */
function leftWords(view: MappingView): string {
  if (view.left === 0) return words.leftLead(0);
  const left = leftOf(view.objects);
  return left.open === 0 ? words.leftLead(view.left) : words.openOf(count(left.open), count(left.all), left.required);
}

/** Objects lead to the mapping of each kind of record. */
function Objects({ objects, open }: { objects: ObjectMapView[]; open: ObjectMapView }) {
  return (
    <nav className={own.objects} aria-label={words.title}>
      {objects.map((o) => (
        <a key={o.id} href={formatRoute("mapping", [o.id])} aria-current={o === open ? "page" : undefined}>
          {o.when === "" ? o.source_title : `${o.source_title} → ${o.target_title}`}
          {o.target === "" ? <small>{words.notMoved}</small> : o.left > 0 && <small data-left="true">{words.left(o.left)}</small>}
        </a>
      ))}
    </nav>
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
