import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { desks } from "../../api/services";
import type { Side, SideView } from "../../api/types";
import { Ask } from "../../components/ask";
import { JobPanel } from "../../components/job-panel";
import { Page, Tabs } from "../../components/page";
import { ProblemNote } from "../../components/problem-note";
import { formatRoute, type Route } from "../../components/route";
import { usePageJob } from "../../components/use-page-job";
import { connectQueries } from "./api";
import { ConnectForm } from "./connect-form";
import { SideResult } from "./side-result";
import { words } from "./strings";

/** ConnectPage connects the two sides of the move, and shows what each connection is good for. */
export function ConnectPage({ route }: { route: Route }) {
  const side: Side = route.rest[0] === "target" ? "target" : "source";
  const source = useQuery(connectQueries.side("source"));
  const target = useQuery(connectQueries.side("target"));
  const now = side === "source" ? source : target;
  const note = (v: SideView | undefined) => (v === undefined ? "" : v.connected ? v.title : words.sideNote.no);
  const tabs = (["source", "target"] as const).map((s) => ({ id: s, title: words.side[s], href: formatRoute("connect", [s]), note: note((s === "source" ? source : target).data) }));
  return <Ask of={now}>{(v) => <OneSide key={side} side={side} view={v} tabs={<Tabs tabs={tabs} open={side} label={words.sides} />} />}</Ask>;
}

function OneSide({ side, view, tabs }: { side: Side; view: SideView; tabs: ReactNode }) {
  const [changing, setChanging] = useState(false);
  const survey = usePageJob(desks.survey, ["survey"]);
  const choose = !view.connected || changing;
  return (
    <Page
      title={words.title}
      lead={words.lead}
      actions={
        !choose && (
          <>
            <Button variant="default" onClick={() => setChanging(true)}>
              {words.change}
            </Button>
            {!view.files && (
              <Button variant="default" disabled={survey.active} onClick={() => survey.start.run(side)}>
                {view.counted === "" ? words.count : words.again}
              </Button>
            )}
            <Button component="a" href={formatRoute(side)}>
              {side === "source" ? words.onSource : words.onTarget}
            </Button>
          </>
        )
      }
    >
      {tabs}
      {survey.start.problem && <ProblemNote problem={survey.start.problem} />}
      {survey.job && !choose && (survey.active || survey.job.error) && <JobPanel job={survey.job} stages={false} />}
      {choose ? (
        <ConnectForm
          side={side}
          view={view}
          onCancel={view.connected ? () => setChanging(false) : undefined}
          onDone={() => {
            setChanging(false);
            survey.start.run(side);
          }}
        />
      ) : (
        <SideResult side={side} view={view} />
      )}
    </Page>
  );
}
