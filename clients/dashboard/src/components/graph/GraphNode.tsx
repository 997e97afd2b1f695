/** A node as it is drawn: its name, what it does, what bounds it, and what became of it. */
import { Handle, Position, type Node, type NodeProps } from "@xyflow/react";
import { RotateCw, Timer, TriangleAlert, Wrench } from "lucide-react";
import { createContext, memo, useContext } from "react";

import type { DrawnNode } from "@/components/graph/drawing";
import type { Direction } from "@/components/graph/layout";
import { useNodeMark, useSelected, type NodeMark } from "@/components/graph/marks";
import { SIGNS } from "@/components/StatusBadge";
import { cn } from "@/lib/classes";
import { TONES, type Tone } from "@/lib/status";

export type FlowNode = Node<{ node: DrawnNode; direction: Direction }, "node">;

export interface Deeds {
  /** A node was chosen; none where there is nothing to see of it. */
  open?: (id: string) => void;
  /** Edges may be drawn between nodes. */
  connectable?: boolean;
}

export const DeedContext = createContext<Deeds>({});

const BORDERS: Record<Tone, string> = {
  queued: "border-queued",
  running: "border-running",
  interrupted: "border-interrupted",
  cancelling: "border-cancelling",
  succeeded: "border-succeeded",
  failed: "border-failed",
  cancelled: "border-cancelled",
};

export const GraphNode = memo(function GraphNode({ data }: NodeProps<FlowNode>) {
  const { node, direction } = data;
  const { open, connectable = false } = useContext(DeedContext);
  const mark = useNodeMark(node.id);
  const selected = useSelected(node.id);
  const sideways = direction === "RIGHT";
  const Box = open && (node.look === "node" || connectable) ? "button" : "div";
  const isPill = node.look !== "node";
  return (
    <>
      {node.look !== "start" && (
        <Handle
          type="target"
          position={sideways ? Position.Left : Position.Top}
          isConnectable={connectable}
          className={handleLooks(connectable)}
        />
      )}
      <Box
        {...(Box === "button"
          ? {
              type: "button" as const,
              onClick: () => open?.(node.id),
              "aria-pressed": selected,
            }
          : {})}
        data-node={node.id}
        data-tone={mark?.tone}
        title={node.description || undefined}
        className={cn(
          "pointer-events-auto flex h-full w-full flex-col overflow-hidden border-[1.5px] bg-raised text-left text-ink shadow-sm",
          isPill ? pillLooks(mark) : "rounded-lg border-line-strong/60 px-3 py-2",
          mark?.dim && "border-dashed bg-bg text-soft shadow-none",
          mark?.tone && BORDERS[mark.tone],
          mark?.lit && "ring-4 ring-running/25 motion-safe:animate-pulse",
          mark?.faults && "border-danger",
          selected && "outline-2 outline-offset-2 outline-brand",
        )}
      >
        {isPill ? node.name : <Inside node={node} mark={mark} />}
      </Box>
      {node.look !== "end" && (
        <Handle
          type="source"
          position={sideways ? Position.Right : Position.Bottom}
          isConnectable={connectable}
          className={handleLooks(connectable)}
        />
      )}
    </>
  );
});

function Inside({ node, mark }: { node: DrawnNode; mark: NodeMark | undefined }) {
  return (
    <>
      <span className="flex w-full min-w-0 items-center gap-1.5">
        <span className="min-w-0 flex-1 truncate text-[13px] font-semibold leading-5">
          {node.name}
        </span>
        {!!mark?.faults && (
          <>
            <TriangleAlert aria-hidden className="size-4 shrink-0 text-danger" />
            <span className="sr-only">
              {mark.faults} {mark.faults === 1 ? "fault" : "faults"}
            </span>
          </>
        )}
        {mark?.visits && mark.visits > 1 && (
          <span className="shrink-0 rounded-full bg-sunken px-1.5 text-[11px] font-medium tabular-nums leading-4 text-ink">
            ×{mark.visits}
          </span>
        )}
      </span>
      {node.line && (
        <span className="flex h-[18px] w-full min-w-0 items-center gap-1 text-[11px] text-soft">
          {node.tool && <Wrench aria-hidden className="size-3 shrink-0" />}
          <span className="min-w-0 truncate">{node.line}</span>
        </span>
      )}
      {node.limits.length > 0 && (
        <span className="flex h-5 items-center gap-2 whitespace-nowrap text-[11px] text-soft">
          {node.limits.map((limit) => {
            const Sign = limit.includes("retr") ? RotateCw : Timer;
            return (
              <span key={limit} className="inline-flex items-center gap-1">
                <Sign aria-hidden className="size-3" />
                {limit}
              </span>
            );
          })}
        </span>
      )}
      {mark?.words && <Became mark={mark} />}
    </>
  );
}

function Became({ mark }: { mark: NodeMark }) {
  const Sign = mark.tone ? SIGNS[mark.tone] : null;
  return (
    <span className="mt-auto flex h-5 w-full min-w-0 items-center justify-between gap-2 text-[11px]">
      <span
        className={cn(
          "inline-flex min-w-0 items-center gap-1 rounded-full px-1.5 font-medium leading-[18px]",
          mark.tone ? TONES[mark.tone] : "text-soft",
        )}
      >
        {Sign && (
          <Sign
            aria-hidden
            className={cn("size-3 shrink-0", mark.lit && "animate-spin [animation-duration:3s]")}
          />
        )}
        <span className="truncate">{mark.words}</span>
      </span>
      {mark.note && <span className="shrink-0 tabular-nums text-soft">{mark.note}</span>}
    </span>
  );
}

function pillLooks(mark: NodeMark | undefined): string {
  return cn(
    "items-center justify-center rounded-full border-line-strong/60 text-[11px] font-semibold tracking-wide",
    mark?.tone ? TONES[mark.tone] : "bg-sunken text-soft",
  );
}

function handleLooks(connectable: boolean): string {
  return connectable
    ? "!size-3.5 !rounded-full !border-2 !border-raised !bg-line-strong hover:!bg-brand"
    : "!pointer-events-none !size-px !min-h-0 !min-w-0 !border-0 !bg-transparent";
}
