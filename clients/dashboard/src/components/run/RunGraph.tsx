/** The graph of a run with what has become of its nodes, live. */
import { useCallback, useMemo, useState } from "react";

import { useGraph } from "@/api/graphs";
import { useRunWatch } from "@/api/run-watch";
import { useSteps } from "@/api/run";
import type { Graph, Run } from "@/api/types";
import { drawingOf } from "@/components/graph/drawing";
import { GraphView } from "@/components/graph/GraphView";
import { marksOf } from "@/components/run/graph-marks";
import { Folding } from "@/components/run/graph-overlay";
import { NodePanel } from "@/components/run/NodePanel";
import { Failed, Loading } from "@/components/states";
import { cn } from "@/lib/classes";
import { useNow } from "@/lib/clock";

export function RunGraph({ run }: { run: Run }) {
  const graphId = run.spec?.graphId ?? "";
  const { data, error, refetch } = useGraph(graphId, run.graphVersion ?? 0);
  if (error && !data)
    return <Failed error={error} what="load the graph" onRetry={() => void refetch()} />;
  if (!data) return <Loading what="the graph" />;
  return <Marked key={run.runId} run={run} graph={data} />;
}

function Marked({ run, graph }: { run: Run; graph: Graph }) {
  const runId = run.runId ?? "";
  const { events, removed, run: newest } = useRunWatch(runId);
  const status = newest?.status ?? run.status;
  const { data: steps } = useSteps(runId, removed.length > 0);
  const folding = useMemo(() => new Folding(graph, steps ?? []), [graph, steps]);
  const overlay = useMemo(() => folding.upTo(events), [folding, events]);
  const { jumps } = overlay;
  const shown = useMemo(() => withJumps(graph, jumps), [graph, jumps]);
  const drawing = useMemo(() => drawingOf(shown, { marked: true }), [shown]);
  const now = useNow();
  const marks = useMemo(
    () => marksOf(drawing, overlay, status, now),
    [drawing, overlay, status, now],
  );
  const [chosen, setChosen] = useState("");
  const choose = useCallback(
    (node: string) => setChosen((before) => (before === node ? "" : node)),
    [],
  );
  return (
    <div className="@container min-w-0">
      <div
        className={cn(
          "grid min-w-0 grid-cols-[minmax(0,1fr)] gap-3",
          chosen && "@4xl:grid-cols-[minmax(0,1fr)_21rem]",
        )}
      >
        <GraphView
          graph={shown}
          label={`Graph ${graph.graphId ?? ""}`}
          marks={marks}
          selected={chosen}
          onSelect={choose}
        />
        {chosen && (
          <NodePanel
            node={graph.nodes?.find((each) => each.name === chosen) ?? { name: chosen }}
            history={overlay.nodes.get(chosen)}
            mark={marks.nodes.get(chosen)}
            status={status}
            now={now}
            onClose={() => setChosen("")}
          />
        )}
      </div>
    </div>
  );
}

/** Return the graph with the ways that its nodes chose themselves. */
function withJumps(graph: Graph, jumps: readonly (readonly [string, string])[]): Graph {
  if (!jumps.length) return graph;
  const ways = jumps.map(([source, target]) => ({ source, target, conditional: true }));
  return { ...graph, edges: [...(graph.edges ?? []), ...ways] };
}
