/** A small drawing of a graph without words: its shape, to tell it from others. */
import { useMemo } from "react";

import type { Graph } from "@/api/types";
import { drawingOf } from "@/components/graph/drawing";
import { pathThrough } from "@/components/graph/route";
import { useLayout } from "@/components/graph/use-layout";

const WIDTH = 320;
const HEIGHT = 110;

export default function GraphThumb({ graph }: { graph: Graph }) {
  const drawing = useMemo(() => drawingOf(graph), [graph]);
  const { laid } = useLayout(drawing, WIDTH, HEIGHT, "RIGHT");
  if (!laid) return null;
  const { layout } = laid;
  return (
    <svg
      aria-hidden
      viewBox={`0 0 ${layout.width} ${layout.height}`}
      className="h-full w-full"
      preserveAspectRatio="xMidYMid meet"
    >
      {laid.drawing.edges.map((edge) => (
        <path
          key={edge.id}
          d={pathThrough(layout.edges.get(edge.id)?.points ?? [])}
          fill="none"
          stroke="var(--line-strong)"
          strokeWidth={3}
          strokeDasharray={edge.conditional ? "10 7" : undefined}
        />
      ))}
      {laid.drawing.nodes.map((node) => (
        <rect
          key={node.id}
          {...(layout.nodes.get(node.id) ?? {})}
          width={node.width}
          height={node.height}
          rx={node.look === "node" ? 10 : node.height / 2}
          fill={node.look === "node" ? "var(--brand-soft)" : "var(--raised)"}
          stroke={node.look === "node" ? "var(--brand)" : "var(--line-strong)"}
          strokeWidth={3}
        />
      ))}
    </svg>
  );
}
