/** What a run did when: steps, attempts and waits on one axis, live. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { GanttChart, Maximize2, ZoomIn, ZoomOut } from "lucide-react";
import { useMemo, useRef, useState, type KeyboardEvent } from "react";

import { useSteps } from "@/api/run";
import type { RunNow } from "@/api/run-watch";
import type { Run } from "@/api/types";
import { useModel } from "@/components/run/live-model";
import { TimelineAxis } from "@/components/run/TimelineAxis";
import { TimelineDetail } from "@/components/run/TimelineDetail";
import { Legend, RowOfTimeline } from "@/components/run/TimelineRow";
import { TimelineModel, withSteps, type TimelineShown } from "@/components/run/timeline-model";
import { useZoom } from "@/components/run/timeline-zoom";
import { Empty, Loading } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Tooltip } from "@/components/ui/tooltip";
import { useFastNow } from "@/lib/clock";
import { count } from "@/lib/numbers";
import { useShortcut } from "@/lib/shortcuts";
import { isTerminal } from "@/lib/status";

const ROW = 30;
const IN = 0.6;
const LEAST_MS = 10;

export function Timeline({ run, now }: { run: Run; now: RunNow }) {
  const fromEvents = useModel(run.runId ?? "", () => new TimelineModel());
  const steps = useSteps(run.runId ?? "", now.removed.length > 0);
  const shown = useMemo(() => withSteps(fromEvents, steps.data ?? []), [fromEvents, steps.data]);
  if (!shown.rows.length)
    return now.complete && !steps.isLoading ? (
      <Empty title="Nothing was executed" icon={GanttChart}>
        Steps are shown as soon as the first one starts.
      </Empty>
    ) : (
      <Loading what="the timeline" />
    );
  return <Chart shown={shown} live={!isTerminal(run.status)} />;
}

function Chart({ shown, live }: { shown: TimelineShown; live: boolean }) {
  const clock = useFastNow(live);
  const [picked, setPicked] = useState<string | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const axis = useRef<HTMLDivElement>(null);
  const now = live ? Math.max(clock, shown.end) : shown.end;
  const whole = { from: 0, to: Math.max(LEAST_MS, (now - shown.start) * 1.01) };
  const { view, partial, brush, zoom, shift, show, pointer } = useZoom(frame, axis, whole);
  useShortcut("plus,equal", "Zoom the timeline in", () => zoom(IN));
  useShortcut("minus", "Zoom the timeline out", () => zoom(1 / IN));
  useShortcut("0", "Show the whole timeline", () => show(null));
  // eslint-disable-next-line react-hooks/incompatible-library -- no compiler memoizes what it returns here
  const virtual = useVirtualizer({
    count: shown.rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW,
    overscan: 10,
  });
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -0.2, ArrowRight: 0.2 }[event.key];
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by) shift(by);
    else if (step) focusRow(frame.current, event.target, step);
    else return;
    event.preventDefault();
  };
  const row = shown.rows.find(({ id }) => id === picked);
  return (
    <section aria-label="Timeline" className="min-w-0 rounded-lg border bg-panel">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 border-b px-3 py-2 text-[13px] text-soft">
        <span className="tabular-nums">{count(shown.rows.length - 1)} steps</span>
        <Legend />
        <div className="ml-auto flex gap-1">
          <Zoom words="Zoom in" onClick={() => zoom(IN)} sign={<ZoomIn aria-hidden />} />
          <Zoom
            words="Zoom out"
            disabled={!partial}
            onClick={() => zoom(1 / IN)}
            sign={<ZoomOut aria-hidden />}
          />
          <Zoom
            words="Show all of it"
            disabled={!partial}
            onClick={() => show(null)}
            sign={<Maximize2 aria-hidden />}
          />
        </div>
      </div>
      <div
        ref={frame}
        role="region"
        aria-label="Steps by time"
        tabIndex={0}
        onKeyDown={onKeyDown}
        {...pointer}
        className="relative max-h-[max(20rem,calc(100dvh-24rem))] overflow-y-auto select-none overflow-x-hidden -outline-offset-2 [--label:7rem] md:[--label:14rem]"
      >
        <TimelineAxis ref={axis} view={view} shown={shown} brush={brush} />
        <div role="list" className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const each = shown.rows[index];
            return (
              each && (
                <div
                  key={each.id}
                  role="listitem"
                  className="absolute left-0 top-0 w-full"
                  style={{ height: ROW, transform: `translateY(${start}px)` }}
                >
                  <RowOfTimeline
                    row={each}
                    index={index}
                    start={shown.start}
                    now={now}
                    view={view}
                    picked={each.id === picked}
                    onPick={() => setPicked(each.id === picked ? null : each.id)}
                  />
                </div>
              )
            );
          })}
        </div>
      </div>
      {row && (
        <TimelineDetail
          row={row}
          start={shown.start}
          now={now}
          onZoom={show}
          onClose={() => setPicked(null)}
        />
      )}
    </section>
  );
}

interface ZoomProps {
  words: string;
  sign: React.ReactNode;
  onClick: () => void;
  disabled?: boolean;
}

function Zoom({ words, sign, onClick, disabled }: ZoomProps) {
  return (
    <Tooltip words={words}>
      <Button
        size="icon"
        variant="ghost"
        className="size-8"
        aria-label={words}
        disabled={disabled}
        onClick={onClick}
      >
        {sign}
      </Button>
    </Tooltip>
  );
}

/** Move the focus to the row above or below; it is there, since more rows than are seen are made. */
function focusRow(frame: HTMLElement | null, from: EventTarget, step: number): void {
  const here = from instanceof HTMLElement ? from.dataset["row"] : undefined;
  const next = here === undefined ? 0 : Number(here) + step;
  frame?.querySelector<HTMLElement>(`[data-row="${next}"]`)?.focus();
}
