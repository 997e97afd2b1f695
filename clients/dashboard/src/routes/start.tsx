/** Start a run: pick a graph, see it drawn, fill in its input. */
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";

import { getRun } from "@/api/run-deeds";
import { useGraph } from "@/api/graphs";
import { GraphView } from "@/components/graph/GraphView";
import { PageHeader } from "@/components/PageHeader";
import { GraphPicker } from "@/components/start/GraphPicker";
import { StartForm } from "@/components/start/StartForm";
import { Empty, Failed, Loading } from "@/components/states";
import { Card } from "@/components/ui/card";

export default function StartPage() {
  const { graph = "", from = "", thread } = useSearch({ from: "/ui/start" });
  const navigate = useNavigate();
  const other = useQuery({
    queryKey: ["run", from, "to begin with"],
    queryFn: () => getRun(from),
    enabled: from !== "",
  });
  const graphId = graph || other.data?.spec?.graphId || "";
  const chosen = useGraph(graphId);
  const pick = (next: string) =>
    void navigate({ to: "/ui/start", search: { graph: next, thread }, replace: true });
  return (
    <div className="grid gap-4">
      <PageHeader
        title="Start a run"
        above={
          from && (
            <>
              as{" "}
              <Link to="/ui/runs/$runId" params={{ runId: from }} className="font-mono underline">
                {from}
              </Link>
            </>
          )
        }
      />
      <div className="grid items-start gap-4 lg:grid-cols-[18rem_minmax(0,1fr)]">
        <Card title="Graph">
          <GraphPicker graphId={graphId} onPick={pick} />
        </Card>
        <div className="grid min-w-0 gap-4">
          {other.error ? (
            <Failed error={other.error} what="load the run to begin with" />
          ) : chosen.error ? (
            <Failed
              error={chosen.error}
              what="load the graph"
              onRetry={() => void chosen.refetch()}
            />
          ) : (from && other.isPending) || (graphId && !chosen.data) ? (
            <Loading what="the graph" />
          ) : chosen.data ? (
            <>
              <Card title={`Graph ${graphId}`} flush>
                <GraphView graph={chosen.data} label={`The graph ${graphId}`} maxHeight={300} />
              </Card>
              <Card title={`Input of ${graphId}`}>
                <StartForm
                  key={`${graphId} ${from}`}
                  graph={chosen.data}
                  from={other.data?.spec?.graphId === graphId ? other.data : undefined}
                  thread={thread}
                />
              </Card>
            </>
          ) : (
            <Card>
              <Empty title="Pick a graph">
                What it needs is asked for here, and what it does is drawn.
              </Empty>
            </Card>
          )}
        </div>
      </div>
    </div>
  );
}
