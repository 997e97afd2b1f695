/** The times above a timeline, and lines where supersteps ended. */
import type { RefObject } from "react";

import type { TimelineShown } from "@/components/run/timeline-model";
import { placeOf, tickLabel, ticksOf, type Stretch } from "@/components/run/timeline-scale";
import { useWidthOf } from "@/lib/size";

interface Props {
  view: Stretch;
  shown: TimelineShown;
  /** What is being drawn over. */
  brush: Stretch | null;
  /** The element along which times run. */
  ref: RefObject<HTMLDivElement | null>;
}

const TICK_PX = 90;
/** More lines than this would be a grey area. */
const MOST_MERGES = 60;

export function TimelineAxis({ view, shown, brush, ref }: Props) {
  const width = useWidthOf(ref);
  const ticks = ticksOf(view, Math.max(2, Math.floor(width / TICK_PX)));
  const drawn = brush && placeOf(view, brush.from, brush.to);
  const merges = shown.merges.filter(
    ({ at }) => at - shown.start >= view.from && at - shown.start <= view.to,
  );
  const at = (time: number) => `${placeOf(view, time, time)?.left ?? 0}%`;
  return (
    <div className="sticky top-0 z-10 grid h-7 grid-cols-[var(--label)_minmax(0,1fr)] border-b bg-panel text-xs text-soft">
      <span className="px-3 leading-7">Step</span>
      <div ref={ref} className="relative overflow-hidden">
        {drawn && (
          <span
            className="absolute inset-y-0 bg-brand-soft"
            style={{ left: `${drawn.left}%`, width: `${drawn.width}%` }}
          />
        )}
        {merges.length <= MOST_MERGES &&
          merges.map((each) => (
            <span
              key={each.superstep}
              title={`Superstep ${each.superstep} was merged`}
              className="absolute bottom-0 h-2 border-l-2 border-brand"
              style={{ left: at(each.at - shown.start) }}
            />
          ))}
        {ticks.map((time) => (
          <span
            key={time}
            className="absolute top-0 whitespace-nowrap border-l border-line pl-1 leading-7 tabular-nums"
            style={{ left: at(time) }}
          >
            {tickLabel(time)}
          </span>
        ))}
      </div>
    </div>
  );
}
