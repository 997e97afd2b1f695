/** A graph in the list of graphs. */
import { Link } from "@tanstack/react-router";
import { Pencil, Play } from "lucide-react";
import { lazy, Suspense } from "react";

import { useGraphCounts } from "@/api/graphs";
import { useMay } from "@/api/identity";
import type { Graph } from "@/api/types";
import { isJson, kindOf } from "@/components/graph/kind";
import { MANY } from "@/components/graph/layout";
import { SIGNS } from "@/components/StatusBadge";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/classes";
import { count } from "@/lib/numbers";
import { lookOf, TONES } from "@/lib/status";

const GraphThumb = lazy(() => import("@/components/graph/GraphThumb"));

export function GraphCard({ graph }: { graph: Graph }) {
  const mayRun = useMay("run");
  const graphId = graph.graphId ?? "";
  const nodes = graph.nodes?.length ?? 0;
  return (
    <li className="flex min-w-0 flex-col rounded-lg border bg-panel">
      <Link
        to="/ui/graphs/$graphId"
        params={{ graphId }}
        className="group grid min-w-0 flex-1 grid-rows-[7.5rem_auto] rounded-t-lg focus-visible:outline-offset-[-2px]"
      >
        <span className="block rounded-t-lg bg-sunken p-3">
          <Suspense>{nodes > 0 && nodes <= MANY && <GraphThumb graph={graph} />}</Suspense>
        </span>
        <span className="grid content-start gap-1 px-4 pb-2 pt-3">
          <span className="flex min-w-0 items-baseline gap-2">
            <span className="min-w-0 truncate font-mono text-sm font-semibold group-hover:underline">
              {graphId}
            </span>
            <span className="shrink-0 text-xs text-soft">
              {kindOf(graph)}
              {graph.version ? ` v${graph.version}` : ""} · {nodes} {nodes === 1 ? "node" : "nodes"}
            </span>
          </span>
          <span className="line-clamp-2 text-[13px] text-soft">{graph.description}</span>
        </span>
      </Link>
      <div className="flex flex-wrap items-center justify-between gap-2 px-4 pb-3">
        <Counts graphId={graphId} />
        {mayRun && (
          <span className="ml-auto flex gap-1">
            {isJson(graph) && (
              <Button asChild size="sm" variant="ghost">
                <Link to="/ui/editor" search={{ graph: graphId }} aria-label={`Edit ${graphId}`}>
                  <Pencil aria-hidden />
                  Edit
                </Link>
              </Button>
            )}
            <Button asChild size="sm">
              <Link
                to="/ui/start"
                search={{ graph: graphId, from: undefined, thread: undefined }}
                aria-label={`Start a run of ${graphId}`}
              >
                <Play aria-hidden />
                Start
              </Link>
            </Button>
          </span>
        )}
      </div>
    </li>
  );
}

/** How many runs of the graph there are, by status; nothing where that is not told. */
export function Counts({ graphId }: { graphId: string }) {
  const { data } = useGraphCounts(graphId);
  const there = (data ?? []).filter((each) => Number(each.runs ?? 0) > 0);
  if (!data) return null;
  if (!there.length) return <span className="text-xs text-soft">No runs yet</span>;
  return (
    <ul aria-label={`Runs of ${graphId}`} className="flex flex-wrap gap-1">
      {there.map(({ status, runs, more }) => {
        const { label, tone } = lookOf(status);
        const Sign = SIGNS[tone];
        return (
          <li
            key={status}
            title={label}
            className={cn(
              "inline-flex h-5 items-center gap-1 rounded-full px-1.5 text-xs tabular-nums",
              TONES[tone],
            )}
          >
            <Sign aria-hidden className="size-3" />
            {count(runs)}
            {more && "+"}
            <span className="sr-only">{label}</span>
          </li>
        );
      })}
    </ul>
  );
}
