/** A graph, drawn: to look at, to move about in, and to choose nodes of. */
import { lazy, Suspense } from "react";

import type { Graph } from "@/api/types";
import type { Marks } from "@/components/graph/marks";
import { Empty, Loading } from "@/components/states";

export interface GraphViewProps {
  graph: Graph;
  /** What it is, for those who hear it. */
  label: string;
  /** What became of nodes and edges. */
  marks?: Marks;
  /** The node that is chosen. */
  selected?: string;
  /** A node was chosen; without it nodes are only looked at. */
  onSelect?: (node: string) => void;
  /** In pixels; a drawing that is larger is moved about in its frame. */
  maxHeight?: number;
}

const GraphCanvas = lazy(() => import("@/components/graph/GraphCanvas"));

export function GraphView(props: GraphViewProps) {
  if (!props.graph.nodes?.length)
    return (
      <Empty title="Nothing to draw">
        {props.graph.description || "This graph names no nodes."}
      </Empty>
    );
  return (
    <Suspense fallback={<Loading what="the drawing" />}>
      <GraphCanvas {...props} />
    </Suspense>
  );
}
