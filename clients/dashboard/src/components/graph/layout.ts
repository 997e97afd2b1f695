/** Where nodes and edges go, in our words and in ELK's; pure. */
import type { ElkNode } from "elkjs/lib/elk-api";

import type { Drawing, DrawnEdge, DrawnNode } from "@/components/graph/drawing";
import { middleOf, type Point } from "@/components/graph/route";

export type Direction = "RIGHT" | "DOWN";

export interface PlacedEdge {
  points: readonly Point[];
  /** The middle of its label. */
  label: Point;
}

export interface Layout {
  direction: Direction;
  width: number;
  height: number;
  /** Left upper corners. */
  nodes: ReadonlyMap<string, Point>;
  edges: ReadonlyMap<string, PlacedEdge>;
}

const LABEL_HEIGHT = 20;
const OPTIONS = {
  "elk.algorithm": "layered",
  "elk.edgeRouting": "ORTHOGONAL",
  "elk.padding": "[top=8,left=8,bottom=8,right=8]",
  "elk.spacing.nodeNode": "28",
  "elk.spacing.edgeNode": "20",
  "elk.spacing.edgeEdge": "14",
  "elk.spacing.edgeLabel": "4",
  "elk.spacing.nodeSelfLoop": "16",
  "elk.layered.spacing.nodeNodeBetweenLayers": "48",
  "elk.layered.spacing.edgeNodeBetweenLayers": "18",
  "elk.layered.cycleBreaking.strategy": "DEPTH_FIRST",
  "elk.layered.considerModelOrder.strategy": "PREFER_EDGES",
  "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
  "elk.layered.feedbackEdges": "true",
} as const;
/** Hundreds of nodes are laid out in a second rather than in five. */
const OPTIONS_OF_MANY = {
  ...OPTIONS,
  "elk.layered.considerModelOrder.strategy": "NONE",
  "elk.layered.nodePlacement.strategy": "BRANDES_KOEPF",
  "elk.layered.thoroughness": "3",
} as const;
/** From so many nodes on a drawing has many. */
export const MANY = 40;
const ON_THE_LINE = { "elk.edgeLabels.inline": "true" } as const;

/** Return what ELK is asked. */
export function elkGraph({ nodes, edges }: Drawing, direction: Direction): ElkNode {
  return {
    id: "root",
    layoutOptions: {
      ...(nodes.length > MANY ? OPTIONS_OF_MANY : OPTIONS),
      "elk.direction": direction,
    },
    children: nodes.map(elkNode),
    edges: edges.map(elkEdge),
  };
}

/** Return what ELK answered in our words. */
export function layoutFrom(done: ElkNode, direction: Direction): Layout {
  const edges = (done.edges ?? []).map(({ id, sections, labels }) => {
    const [section] = sections ?? [];
    const points = section
      ? [section.startPoint, ...(section.bendPoints ?? []), section.endPoint]
      : [];
    const [label] = labels ?? [];
    const middle = label
      ? {
          x: (label.x ?? 0) + (label.width ?? 0) / 2,
          y: (label.y ?? 0) + (label.height ?? 0) / 2,
        }
      : middleOf(points);
    return [id, { points, label: middle }] as const;
  });
  return {
    direction,
    width: done.width ?? 0,
    height: done.height ?? 0,
    nodes: new Map(
      (done.children ?? []).map(({ id, x, y }) => [id, { x: x ?? 0, y: y ?? 0 }] as const),
    ),
    edges: new Map(edges),
  };
}

function elkNode({ id, look, width, height }: DrawnNode) {
  const layer = look === "start" ? "FIRST" : look === "end" ? "LAST" : null;
  return {
    id,
    width,
    height,
    ...(layer ? { layoutOptions: { "elk.layered.layering.layerConstraint": layer } } : {}),
  };
}

function elkEdge({ id, source, target, label, labelWidth }: DrawnEdge) {
  return {
    id,
    sources: [source],
    targets: [target],
    ...(label
      ? {
          labels: [
            { text: label, width: labelWidth, height: LABEL_HEIGHT, layoutOptions: ON_THE_LINE },
          ],
        }
      : {}),
  };
}
