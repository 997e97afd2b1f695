/** A drawing and its layout as React Flow wants them; pure. */
import { Position } from "@xyflow/react";

import type { Drawing } from "@/components/graph/drawing";
import type { FlowEdge } from "@/components/graph/GraphEdge";
import type { FlowNode } from "@/components/graph/GraphNode";
import type { Layout } from "@/components/graph/layout";
import type { Point } from "@/components/graph/route";

const NOBODY_MOVED: ReadonlyMap<string, Point> = new Map();

/** Return the nodes; what was moved by hand stands where it was put. */
export function flowNodes(drawing: Drawing, layout: Layout, moved = NOBODY_MOVED): FlowNode[] {
  return drawing.nodes.map((node) => ({
    id: node.id,
    type: "node",
    position: moved.get(node.id) ?? layout.nodes.get(node.id) ?? { x: 0, y: 0 },
    width: node.width,
    height: node.height,
    data: { node, direction: layout.direction },
    handles: handlesOf(node.width, node.height, layout.direction === "RIGHT"),
  }));
}

/** Return the edges; those of moved nodes find a way of their own. */
export function flowEdges(drawing: Drawing, layout: Layout, moved = NOBODY_MOVED): FlowEdge[] {
  return drawing.edges.map((edge) => {
    const stays = !moved.has(edge.source) && !moved.has(edge.target);
    return {
      id: edge.id,
      type: "edge",
      source: edge.source,
      target: edge.target,
      data: { edge, ...(stays ? { placed: layout.edges.get(edge.id) } : {}) },
    };
  });
}

function handlesOf(width: number, height: number, sideways: boolean) {
  const size = { width: 1, height: 1 };
  return [
    {
      ...size,
      type: "target" as const,
      position: sideways ? Position.Left : Position.Top,
      x: sideways ? 0 : width / 2,
      y: sideways ? height / 2 : 0,
    },
    {
      ...size,
      type: "source" as const,
      position: sideways ? Position.Right : Position.Bottom,
      x: sideways ? width : width / 2,
      y: sideways ? height / 2 : height,
    },
  ];
}
