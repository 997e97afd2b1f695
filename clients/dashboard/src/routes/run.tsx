/** A run: everything about it, live. */
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";

import { useWholeRun } from "@/api/run";
import { runWatch, useRunWatch, type RunNow } from "@/api/run-watch";
import type { Run } from "@/api/types";
import { PageHeader } from "@/components/PageHeader";
import { EventLog } from "@/components/run/EventLog";
import type { EventFilter } from "@/components/run/event-index";
import { Overview } from "@/components/run/Overview";
import { RunArtifacts } from "@/components/run/RunArtifacts";
import { RunExplanation } from "@/components/run/RunExplanation";
import { RunGone } from "@/components/run/RunGone";
import { RunHeader } from "@/components/run/RunHeader";
import { RunState } from "@/components/run/RunState";
import { RunTabs } from "@/components/run/RunTabs";
import { Timeline } from "@/components/run/Timeline";
import { Loading } from "@/components/states";
import { TabPanel, Tabs } from "@/components/ui/tabs";
import { useScreenCalls } from "@/lib/screen-call";
import { isTerminal } from "@/lib/status";
import { RUN_TABS, type RunTab } from "@/routes/run.search";

const route = getRouteApi("/ui/runs/$runId");

export default function RunPage() {
  const { runId } = route.useParams();
  const now = useRunWatch(runId);
  const whole = useWholeRun(runId, now.run?.status);
  useScreenCalls(
    {
      rpc: "RunService.WatchRun",
      request: { runId, fromSequence: String(Number(now.run?.lastSequence ?? 0) + 1) },
      cli: ["runs", "watch", runId],
    },
    { rpc: "RunService.GetRun", request: { runId }, cli: ["runs", "get", runId] },
  );
  if (now.error) return <RunGone runId={runId} error={now.error} onRetry={runWatch(runId).again} />;
  if (!now.run)
    return (
      <>
        <PageHeader title={runId} mono />
        <Loading what="the run" rows={8} />
      </>
    );
  return <Shown key={runId} now={now} run={wholeOf(now.run, whole.data)} />;
}

/** What the watch says is newer; what only the whole view has is taken from there. */
function wholeOf(run: Run, whole: Run | undefined): Run {
  if (!whole || whole.runId !== run.runId) return run;
  return {
    ...whole,
    ...run,
    spec: { ...run.spec, ...whole.spec },
    output: run.output ?? whole.output,
    endTime: run.endTime ?? (isTerminal(run.status) ? whole.endTime : undefined),
  };
}

function Shown({ now, run }: { now: RunNow; run: Run }) {
  const runId = run.runId ?? "";
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const pointed = location.hash.replace("#", "");
  const tab = search.tab ?? (/^\d+$/.test(pointed) ? "events" : "overview");
  const { kind, node, severity, q } = search;
  const filter: EventFilter = useMemo(
    () => ({ kinds: kind ?? [], node: node ?? "", severity: severity ?? null, text: q ?? "" }),
    [kind, node, severity, q],
  );
  const open = (next: string) => {
    const found: RunTab | undefined = RUN_TABS.find((each) => each === next);
    void navigate({ search: (before) => ({ ...before, tab: found }), hash: "" });
  };
  const onFilter = useCallback(
    ({ kinds, node, severity, text }: EventFilter) =>
      void navigate({
        search: (before) => ({
          ...before,
          kind: kinds.length ? [...kinds] : undefined,
          node: node || undefined,
          severity: severity ?? undefined,
          q: text || undefined,
        }),
        replace: true,
        hash: true,
        resetScroll: false,
      }),
    [navigate],
  );
  const onPoint = useCallback(
    (sequence: string) =>
      void navigate({
        search: (before) => ({ ...before, tab: "events" as const }),
        hash: sequence,
        replace: true,
        resetScroll: false,
        hashScrollIntoView: false,
      }),
    [navigate],
  );
  return (
    <>
      <RunHeader run={run} />
      {!isTerminal(run.status) && <RunExplanation run={run} />}
      <Tabs value={tab} onValueChange={open} className="min-w-0">
        <RunTabs now={now} onOpen={open} />
        <TabPanel value="overview">
          <Overview run={run} now={now} />
        </TabPanel>
        <TabPanel value="timeline">
          <Timeline run={run} now={now} />
        </TabPanel>
        <TabPanel value="events">
          <EventLog
            runId={runId}
            start={Date.parse(run.startTime ?? run.createTime ?? "")}
            live={!isTerminal(run.status)}
            filter={filter}
            onFilter={onFilter}
            pointed={/^\d+$/.test(pointed) ? pointed : ""}
            onPoint={onPoint}
          />
        </TabPanel>
        <TabPanel value="state">
          <RunState run={run} />
        </TabPanel>
        <TabPanel value="artifacts">
          <RunArtifacts run={run} />
        </TabPanel>
      </Tabs>
    </>
  );
}
