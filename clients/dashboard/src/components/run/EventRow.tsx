/** One event of the log, in words; all of it as JSON once it is opened. */
import { Link2, Scissors } from "lucide-react";
import { memo } from "react";

import type { RunEvent } from "@/api/types";
import { CopyButton } from "@/components/CopyButton";
import { JsonView } from "@/components/JsonEditor";
import { kindOf, wordsOf } from "@/components/run/event-kinds";
import type { Removed } from "@/components/run/event-rows";
import { KIND_SIGNS } from "@/components/run/icons";
import { cn } from "@/lib/classes";
import { count } from "@/lib/numbers";
import { pretty } from "@/lib/payload";
import { TONES } from "@/lib/status";
import { clock, exact, spell } from "@/lib/time";

interface Props {
  event: RunEvent;
  /** When the run started, in milliseconds; NaN before that. */
  start: number;
  /** Which row it is. */
  row: number;
  open: boolean;
  onOpen: (sequence: string, open: boolean, row: number) => void;
}

export const EventRow = memo(function EventRow({ event, start, row, open, onOpen }: Props) {
  const { title, brief, tone } = wordsOf(event);
  const Sign = KIND_SIGNS[kindOf(event)];
  const { sequence = "", eventTime = "" } = event;
  const since = Date.parse(eventTime) - start;
  return (
    <div className={cn("border-b", open && "bg-sunken/60")}>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => onOpen(sequence, !open, row)}
        className="grid h-[53px] w-full content-center grid-cols-[1rem_3.25rem_1.25rem_minmax(0,1fr)] items-center gap-x-2 px-3 text-left text-[13px] md:h-[33px] -outline-offset-2 hover:bg-sunken md:grid-cols-[1rem_3.5rem_10.5rem_1.25rem_minmax(0,2fr)_minmax(0,3fr)]"
      >
        <span
          aria-hidden
          className={cn("text-center text-base/none text-soft", open && "rotate-90")}
        >
          ›
        </span>
        <span data-sequence className="text-right font-mono text-xs tabular-nums text-soft">
          {sequence}
        </span>
        <span
          className="hidden gap-2 font-mono text-xs tabular-nums text-soft md:flex"
          title={exact(eventTime)}
        >
          {clock(eventTime)}
          <span>{since >= 0 ? `+${spell(since)}` : ""}</span>
        </span>
        <span
          className={cn("grid size-5 place-items-center rounded", tone ? TONES[tone] : "text-soft")}
        >
          <Sign aria-hidden className="size-3.5" />
        </span>
        <span className="flex min-w-0 items-baseline gap-2">
          <span className="truncate font-medium">{title}</span>
          {event.stepId && (
            <span className="truncate rounded bg-sunken px-1 font-mono text-xs text-soft">
              {event.stepId}
            </span>
          )}
        </span>
        <span className="min-w-0 truncate text-soft max-md:col-start-4">{brief}</span>
      </button>
      {open && <EventDetail event={event} />}
    </div>
  );
});

function EventDetail({ event }: { event: RunEvent }) {
  const sequence = event.sequence ?? "";
  const address = `${location.origin}${location.pathname}?tab=events#${sequence}`;
  return (
    <div className="grid gap-2 px-3 pb-3 md:pl-11">
      <div className="flex flex-wrap items-center gap-x-3 text-xs text-soft">
        <span className="tabular-nums">{event.eventTime && exact(event.eventTime)}</span>
        <span className="ml-auto flex items-center gap-1">
          JSON <CopyButton text={pretty(event)} what={`event ${sequence} as JSON`} />
        </span>
        <span className="flex items-center gap-1">
          <Link2 aria-hidden className="size-3.5" /> Link
          <CopyButton text={address} what={`the link to event ${sequence}`} />
        </span>
      </div>
      <JsonView value={event} label={`Event ${sequence}`} maxHeight="20rem" />
    </div>
  );
}

/** Where retention removed events. */
export function RemovedRow({ range: [first, last] }: { range: Removed }) {
  return (
    <p className="flex h-[54px] items-center gap-2 border-b bg-sunken px-3 text-[13px] text-soft md:h-[34px]">
      <Scissors aria-hidden className="size-3.5" />
      {first === last
        ? `Event ${count(first)} was removed by retention`
        : `Events ${count(first)}–${count(last)} were removed by retention`}
    </p>
  );
}
