/** One row of a timeline: the name of a step, and what it did and waited for. */
import { memo } from "react";

import {
  HATCHED,
  rowName,
  rowSentence,
  spanLength,
  spanName,
  WAITS,
} from "@/components/run/timeline-looks";
import type { Span, TimelineRow } from "@/components/run/timeline-model";
import { placeOf, type Stretch } from "@/components/run/timeline-scale";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/classes";
import { clock } from "@/lib/time";
import { FILLS } from "@/lib/status";

interface Props {
  row: TimelineRow;
  index: number;
  start: number;
  now: number;
  view: Stretch;
  picked: boolean;
  onPick: () => void;
}

/** A step that came to more attempts than this shows its last ones: the detail lists them all. */
const MOST_BARS = 60;

export function RowOfTimeline({ row, index, start, now, view, picked, onPick }: Props) {
  const isRun = !row.id;
  return (
    <div
      className={cn(
        "grid h-full grid-cols-[var(--label)_minmax(0,1fr)] items-stretch border-b border-line/60",
        picked && "bg-brand-soft/60",
        row.superstep % 2 === 0 && !picked && "bg-sunken/60",
      )}
    >
      <button
        type="button"
        data-row={index}
        aria-pressed={picked}
        aria-label={rowSentence(row, now)}
        onClick={onPick}
        className="flex min-w-0 items-center gap-1.5 px-3 text-left text-[13px] -outline-offset-2 hover:bg-sunken"
      >
        <span className={cn("truncate", isRun ? "font-semibold" : "font-mono text-xs")}>
          {rowName(row)}
        </span>
      </button>
      <div className="relative overflow-hidden" onClick={onPick}>
        {row.spans.slice(-MOST_BARS).map((span) => (
          <Bar
            key={`${span.kind}${span.start}`}
            span={span}
            isRun={isRun}
            end={span.end ?? now}
            {...{ start, view }}
          />
        ))}
      </div>
    </div>
  );
}

interface BarProps {
  span: Span;
  isRun: boolean;
  start: number;
  /** As it is shown: now, while it goes on. */
  end: number;
  view: Stretch;
}

const Bar = memo(function Bar({ span, isRun, start, end, view }: BarProps) {
  const place = placeOf(view, span.start - start, end - start);
  if (!place) return null;
  const wait = span.kind !== "attempt";
  return (
    <Tooltip words={<Words span={span} isRun={isRun} end={end} />}>
      <span
        data-span={span.kind}
        data-tone={span.tone}
        className={cn(
          "absolute top-1/2 min-w-[3px] -translate-y-1/2 rounded-[3px]",
          isRun ? "h-2" : "h-4",
          span.kind === "attempt" ? FILLS[span.tone] : cn(WAITS[span.kind], HATCHED),
          wait && "h-3",
          span.end === null && span.kind === "attempt" && "animate-pulse",
        )}
        style={{ left: `${place.left}%`, width: `${place.width}%` }}
      />
    </Tooltip>
  );
});

function Words({ span, isRun, end }: { span: Span; isRun: boolean; end: number }) {
  return (
    <span className="grid gap-0.5">
      <strong>{spanName(span, isRun)}</strong>
      <span className="tabular-nums">
        {spanLength(span, end)} · {timeOf(span.start)} – {span.end ? timeOf(span.end) : "now"}
      </span>
      {span.message && <span>{span.message}</span>}
    </span>
  );
}

function timeOf(at: number): string {
  return clock(new Date(at).toISOString());
}

const LEGEND = [
  ["bg-running", "runs"],
  ["bg-succeeded", "succeeded"],
  ["bg-failed", "failed"],
  [cn(WAITS.queued, HATCHED), "waits for a worker"],
  [cn(WAITS.retry, HATCHED), "pause before a retry"],
  [cn(WAITS.answer, HATCHED), "waits for an answer"],
] as const;

export function Legend() {
  return (
    <ul aria-label="What the bars mean" className="flex flex-wrap gap-x-3 gap-y-1 text-xs">
      {LEGEND.map(([looks, words]) => (
        <li key={words} className="flex items-center gap-1.5">
          <span aria-hidden className={cn("h-2.5 w-4 rounded-[3px]", looks)} />
          {words}
        </li>
      ))}
    </ul>
  );
}
