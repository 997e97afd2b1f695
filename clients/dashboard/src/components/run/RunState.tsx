/** The state of a run at each of its checkpoints, and what changed from one to the next. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { History } from "lucide-react";

import { checkpointsOf, flat } from "@/api/checkpoints";
import { asApiError } from "@/api/errors";
import { idOf } from "@/api/run-deeds";
import { useRunWatch } from "@/api/run-watch";
import type { Run } from "@/api/types";
import { More } from "@/components/More";
import { withNewer } from "@/components/state/changes";
import { CheckpointList } from "@/components/state/CheckpointList";
import { StateAt } from "@/components/state/StateAt";
import { Empty, Failed, Loading } from "@/components/states";
import { Card } from "@/components/ui/card";
import { useScreenCalls } from "@/lib/screen-call";

const route = getRouteApi("/ui/runs/$runId");

export function RunState({ run }: { run: Run }) {
  const runId = idOf(run);
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const listed = useInfiniteQuery(checkpointsOf(runId));
  const { events } = useRunWatch(runId);
  const found = flat(listed.data);
  const checkpoints = withNewer(found, events);
  const at = checkpoints.findIndex((each) => each.checkpointId === search.checkpoint);
  // An address may name one that is on no page so far.
  const named = search.checkpoint ? { checkpointId: search.checkpoint } : undefined;
  const chosen = checkpoints[at] ?? named ?? checkpoints[0];
  useScreenCalls(
    {
      rpc: "RunService.GetRunState",
      request: { runId, checkpointId: chosen?.checkpointId ?? "" },
      cli: ["runs", "state", runId],
    },
    { rpc: "RunService.ListCheckpoints", request: { runId }, cli: ["runs", "checkpoints", runId] },
  );
  if (listed.error && !listed.data) return <NoCheckpoints run={run} error={listed.error} />;
  if (!listed.data) return <Loading what="checkpoints" rows={6} />;
  if (!chosen)
    return (
      <Empty title="No checkpoint yet" icon={History}>
        The first comes when the run has taken its input.
      </Empty>
    );
  return (
    <div className="grid min-w-0 items-start gap-4 lg:grid-cols-[19rem_minmax(0,1fr)]">
      <Card title="Checkpoints" flush>
        <CheckpointList
          checkpoints={checkpoints}
          chosen={chosen.checkpointId ?? ""}
          onChoose={(checkpoint) =>
            void navigate({ search: (before) => ({ ...before, checkpoint }), resetScroll: false })
          }
        />
        <More {...listed} />
      </Card>
      <StateAt run={run} checkpoint={chosen} />
    </div>
  );
}

function NoCheckpoints({ run, error }: { run: Run; error: unknown }) {
  const threadId = run.spec?.threadId;
  if (asApiError(error).reason !== "CHECKPOINTS_IN_THREAD")
    return <Failed error={error} what="load the checkpoints" />;
  return (
    <Empty title="Its state is its thread's" icon={History}>
      {threadId ? (
        <>
          This is a run of a LangGraph graph: its checkpoints are kept in the thread{" "}
          <Link
            to="/ui/threads/$threadId"
            params={{ threadId }}
            className="break-all font-mono text-brand underline"
          >
            {threadId}
          </Link>
          .
        </>
      ) : (
        "This is a run of a LangGraph graph without a thread: its checkpoints cannot be listed."
      )}
    </Empty>
  );
}
