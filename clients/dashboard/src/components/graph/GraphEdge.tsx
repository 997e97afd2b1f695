/** An edge as it is drawn: along the way that the layout found, with its label and how often it was taken. */
import {
  BaseEdge,
  EdgeLabelRenderer,
  getSmoothStepPath,
  type Edge,
  type EdgeProps,
} from "@xyflow/react";
import { createContext, memo, useContext } from "react";

import type { DrawnEdge } from "@/components/graph/drawing";
import type { PlacedEdge } from "@/components/graph/layout";
import { useEdgeMark, useSelected, type EdgeMark } from "@/components/graph/marks";
import { pathThrough } from "@/components/graph/route";
import { cn } from "@/lib/classes";

export type FlowEdge = Edge<{ edge: DrawnEdge; placed?: PlacedEdge }, "edge">;

/** What the ids of this drawing's arrowheads begin with, and what choosing an edge does. */
export const EdgeContext = createContext<{ arrows: string; open?: (id: string) => void }>({
  arrows: "arrow",
});

type Look = "plain" | "taken" | "dim" | "fault" | "selected";

const STROKES: Record<Look, { stroke: string; width: number }> = {
  plain: { stroke: "var(--line-strong)", width: 1.5 },
  taken: { stroke: "var(--brand)", width: 2.25 },
  dim: { stroke: "var(--line)", width: 1.5 },
  fault: { stroke: "var(--danger)", width: 2 },
  selected: { stroke: "var(--focus)", width: 2.5 },
};

export const GraphEdge = memo(function GraphEdge(props: EdgeProps<FlowEdge>) {
  const { id, data } = props;
  const { arrows, open } = useContext(EdgeContext);
  const mark = useEdgeMark(id);
  const selected = useSelected(id);
  if (!data) return null;
  const { edge } = data;
  const look = selected ? "selected" : lookOf(mark);
  const { stroke, width } = STROKES[look];
  const [path, middle] = wayOf(props);
  const times = mark?.taken && mark.taken > 1 ? `×${mark.taken}` : "";
  return (
    <>
      <BaseEdge
        id={id}
        path={path}
        markerEnd={`url(#${arrows}-${look})`}
        interactionWidth={open ? 18 : 0}
        style={{
          stroke,
          strokeWidth: width,
          strokeDasharray: edge.conditional ? "6 4" : undefined,
        }}
      />
      {(edge.label || times) && (
        <EdgeLabelRenderer>
          <div
            className={cn(
              "nodrag nopan pointer-events-auto absolute flex max-w-40 items-center gap-1 rounded-full border bg-panel px-1.5 text-[11px] leading-[18px]",
              look === "taken" ? "border-brand text-ink" : "text-soft",
            )}
            title={edge.label || undefined}
            style={{
              transform: `translate(-50%, -50%) translate(${middle.x}px, ${middle.y}px)`,
            }}
          >
            {edge.label && <span className="truncate">{edge.label}</span>}
            {times && <span className="font-semibold tabular-nums text-ink">{times}</span>}
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
});

/** The arrowheads, one for each look: a marker cannot take the colour of its line everywhere. */
export function Arrows({ name }: { name: string }) {
  return (
    <svg aria-hidden className="absolute size-0">
      <defs>
        {Object.entries(STROKES).map(([look, { stroke }]) => (
          <marker
            key={look}
            id={`${name}-${look}`}
            viewBox="0 0 10 10"
            refX="8.5"
            refY="5"
            markerWidth="11"
            markerHeight="11"
            markerUnits="userSpaceOnUse"
            orient="auto-start-reverse"
          >
            <path d="M 0 1 L 9 5 L 0 9 z" fill={stroke} />
          </marker>
        ))}
      </defs>
    </svg>
  );
}

function lookOf(mark: EdgeMark | undefined): Look {
  if (mark?.faults) return "fault";
  if (mark?.taken) return "taken";
  return mark?.dim ? "dim" : "plain";
}

/** A node that was moved by hand has no way found for it: a plain one does. */
function wayOf({ data, ...props }: EdgeProps<FlowEdge>): [string, { x: number; y: number }] {
  if (data?.placed?.points.length) return [pathThrough(data.placed.points), data.placed.label];
  const [path, x, y] = getSmoothStepPath({ ...props, borderRadius: 10 });
  return [path, { x, y }];
}
