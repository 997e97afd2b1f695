/** The checkpoints of a run, the newest first; of thousands only those in sight are drawn. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";

import type { Checkpoint } from "@/api/types";
import { Timestamp } from "@/components/Timestamp";
import { cn } from "@/lib/classes";

interface Props {
  checkpoints: readonly Checkpoint[];
  chosen: string;
  onChoose: (checkpointId: string) => void;
}

const ROW_PX = 58;

export function CheckpointList({ checkpoints, chosen, onChoose }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- what it returns is not passed on
  const rows = useVirtualizer({
    count: checkpoints.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
  });
  return (
    <div
      ref={frame}
      role="group"
      aria-label="Checkpoints, the newest first"
      tabIndex={0}
      className="max-h-72 overflow-y-auto p-1 lg:max-h-[65dvh]"
    >
      <ul className="relative" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, start }) => {
          const each = checkpoints[index];
          if (!each) return null;
          const id = each.checkpointId ?? "";
          return (
            <li
              key={id}
              className="absolute inset-x-0 top-0"
              style={{ height: ROW_PX, transform: `translateY(${start}px)` }}
            >
              <button
                type="button"
                aria-current={id === chosen}
                onClick={() => onChoose(id)}
                className={cn(
                  "grid h-14 w-full content-center rounded-md border border-transparent px-3 text-left -outline-offset-2 hover:bg-sunken",
                  id === chosen && "border-brand bg-brand-soft hover:bg-brand-soft",
                )}
              >
                <span className="flex min-w-0 items-baseline gap-2">
                  <span className="w-7 shrink-0 text-xs tabular-nums text-soft">
                    {each.superstep ?? "–"}
                  </span>
                  <span className="truncate text-sm font-medium">
                    {each.nodes?.length ? each.nodes.join(", ") : "input"}
                  </span>
                  <span className="ml-auto shrink-0 text-xs text-soft">
                    <Timestamp time={each.createTime} />
                  </span>
                </span>
                <span className="truncate pl-9 text-xs text-soft">
                  {each.nextNodes?.length ? `next: ${each.nextNodes.join(", ")}` : "the end"}
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
