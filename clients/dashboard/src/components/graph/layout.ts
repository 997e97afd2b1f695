/**
 * Where nodes and edges go: computed by ELK in a worker, once for each drawing and direction.
 *
 * The worker is a file of this server, as the policy wants it; the page never waits for it.
 */
import ELK, { type ElkNode } from "elkjs/lib/elk-api";
import worker from "elkjs/lib/elk-worker.min.js?url";

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
const MAX_KEPT = 200;
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
const ON_THE_LINE = { "elk.edgeLabels.inline": "true" } as const;

let elk: InstanceType<typeof ELK> | null = null;
const kept = new Map<string, Promise<Layout>>();

/** Return the layout of a drawing; the same one when it is asked for again. */
export function layoutOf(drawing: Drawing, direction: Direction): Promise<Layout> {
  const asked = elkGraph(drawing, direction);
  const key = JSON.stringify(asked);
  const found = kept.get(key);
  if (found) return found;
  elk ??= new ELK({ workerFactory: () => new Worker(worker) });
  const made = elk.layout(asked).then((done) => layoutFrom(done, direction));
  made.catch(() => kept.delete(key));
  kept.set(key, made);
  for (const oldest of kept.keys()) {
    if (kept.size <= MAX_KEPT) break;
    kept.delete(oldest);
  }
  return made;
}

/** Return what ELK is asked. */
export function elkGraph({ nodes, edges }: Drawing, direction: Direction): ElkNode {
  return {
    id: "root",
    layoutOptions: { ...OPTIONS, "elk.direction": direction },
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
