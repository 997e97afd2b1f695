/** Everything that happened in a run, live: filtered, followed, opened, linked, taken home. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDownToLine, Download, ListFilter, ScrollText } from "lucide-react";
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";

import { runWatch } from "@/api/run-watch";
import type { RunEvent } from "@/api/types";
import { EventFilters } from "@/components/run/EventFilters";
import { EventRow, RemovedRow } from "@/components/run/EventRow";
import type { EventFilter } from "@/components/run/event-index";
import { LogModel, type Log } from "@/components/run/log-model";
import { useFollowing } from "@/components/run/following";
import { Empty } from "@/components/states";
import { Button } from "@/components/ui/button";
import { download } from "@/lib/download";
import { useNarrow } from "@/lib/media";
import { count } from "@/lib/numbers";
import { useShortcut } from "@/lib/shortcuts";

interface Props {
  runId: string;
  /** When the run started, in milliseconds; NaN before that. */
  start: number;
  /** More events may come. */
  live: boolean;
  filter: EventFilter;
  onFilter: (filter: EventFilter) => void;
  /** The sequence of the event that the address points at. */
  pointed: string;
  onPoint: (sequence: string) => void;
}

const ROW = 34;
const ROW_OF_TWO_LINES = 54;

export function EventLog({ runId, start, live, filter, onFilter, pointed, onPoint }: Props) {
  const [model] = useState(() => new LogModel(runWatch(runId)));
  const log = useSyncExternalStore(model.subscribe, model.get);
  useEffect(() => model.look(filter), [model, filter]);
  return (
    <section aria-label="Event log" className="min-w-0 rounded-lg border bg-panel">
      <EventFilters filter={filter} onChange={onFilter} kinds={log.kinds} nodes={log.nodes} />
      <Rows {...{ log, filter, start, live, runId, pointed, onPoint }} />
    </section>
  );
}

interface RowsProps extends Pick<
  Props,
  "filter" | "runId" | "start" | "live" | "pointed" | "onPoint"
> {
  log: Log;
}

function Rows({ log, filter, start, live, runId, pointed, onPoint }: RowsProps) {
  const { rows } = log;
  const frame = useRef<HTMLDivElement>(null);
  const height = useNarrow() ? ROW_OF_TWO_LINES : ROW;
  const [open, setOpen] = useState<ReadonlySet<string>>(() => new Set(pointed ? [pointed] : []));
  // eslint-disable-next-line react-hooks/incompatible-library -- no compiler memoizes what it returns here
  const virtual = useVirtualizer({
    count: rows.count,
    getScrollElement: () => frame.current,
    estimateSize: () => height,
    overscan: 6,
  });
  // Rows have the height that they are said to have. Only those that are open are measured: for each
  // that is other than was thought all behind it are laid out anew. Another filter has other rows.
  useEffect(() => virtual.measure(), [virtual, height, filter]);
  const { following, setFollowing, listeners } = useFollowing(frame, live && !pointed);
  usePointing(log, pointed, (row) => {
    // It is open, and often taller than the frame, which may be below an open question.
    virtual.scrollToIndex(row, { align: "start" });
    frame.current?.scrollIntoView({ block: "nearest" });
  });
  useShortcut("f", "Follow the newest event", () => setFollowing(!following));
  const onOpen = useCallback(
    (sequence: string, opened: boolean, row: number) => {
      if (!opened) virtual.resizeItem(row, height);
      setOpen((before) => {
        const after = new Set(before);
        if (opened) after.add(sequence);
        else after.delete(sequence);
        return after;
      });
      if (opened) onPoint(sequence);
    },
    [onPoint, virtual, height],
  );
  return (
    <>
      <Tools {...{ log, runId, following, live }} onFollow={setFollowing} />
      <div
        ref={frame}
        role="region"
        aria-label="Events"
        tabIndex={0}
        {...listeners}
        data-following={following}
        className="h-[max(22rem,calc(100dvh-27rem))] overflow-y-auto overflow-x-hidden border-t -outline-offset-2 [contain:strict] [overflow-anchor:none]"
      >
        {rows.count === 0 && <NoRows log={log} live={live} />}
        <div role="list" className="relative w-full" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, key, start: top }) => (
            <div
              key={key}
              ref={isOpen(log, index, open) ? virtual.measureElement : undefined}
              role="listitem"
              aria-setsize={rows.count}
              aria-posinset={index + 1}
              data-index={index}
              className="absolute left-0 top-0 w-full [contain:content]"
              style={{ transform: `translateY(${top}px)` }}
            >
              <Row {...{ log, index, start, open, onOpen }} />
            </div>
          ))}
        </div>
      </div>
    </>
  );
}

interface RowProps extends Pick<RowsProps, "log" | "start"> {
  index: number;
  open: ReadonlySet<string>;
  onOpen: (sequence: string, open: boolean, row: number) => void;
}

function isOpen({ rows, events }: Log, index: number, open: ReadonlySet<string>): boolean {
  const at = open.size ? rows.at(index) : 0;
  return open.size > 0 && typeof at === "number" && open.has(events[at]?.sequence ?? "");
}

function Row({ log, index, start, open, onOpen }: RowProps) {
  const at = log.rows.at(index);
  if (typeof at !== "number") return <RemovedRow range={at} />;
  const event = log.events[at];
  if (!event) return null;
  return (
    <EventRow
      event={event}
      row={index}
      start={start}
      open={open.has(event.sequence ?? "")}
      onOpen={onOpen}
    />
  );
}

interface ToolsProps {
  log: Log;
  runId: string;
  live: boolean;
  following: boolean;
  onFollow: (following: boolean) => void;
}

function Tools({ log, runId, live, following, onFollow }: ToolsProps) {
  const { filtering, rows, total, gone, searching } = log;
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 pb-2 text-[13px] text-soft">
      <span role="status" className="tabular-nums" data-count={rows.count}>
        {filtering ? `${count(rows.count)} of ${count(total)} events` : `${count(total)} events`}
        {gone > 0 && ` · ${count(gone)} removed by retention`}
        {searching && " · searching…"}
      </span>
      <div className="ml-auto flex gap-1">
        <Button
          size="sm"
          variant="ghost"
          aria-pressed={following}
          onClick={() => onFollow(!following)}
        >
          <ArrowDownToLine aria-hidden />
          {following ? "Following" : live ? "Jump to newest" : "Jump to the end"}
        </Button>
        <Button
          size="sm"
          variant="ghost"
          disabled={!total}
          onClick={() => takeHome(runId, log.events)}
        >
          <Download aria-hidden /> <span className="max-sm:sr-only">NDJSON</span>
        </Button>
      </div>
    </div>
  );
}

function NoRows({ log, live }: { log: Log; live: boolean }) {
  if (log.filtering)
    return log.searching ? null : (
      <Empty title="No event fits" icon={ListFilter}>
        There are {count(log.total)} events that do not.
      </Empty>
    );
  return (
    <Empty title={live ? "Nothing has happened yet" : "No events"} icon={ScrollText}>
      {live && "Events are shown as they come."}
    </Empty>
  );
}

/** Scroll once to the event that the address pointed at when the log was opened, when it has come. */
function usePointing(log: Log, pointed: string, show: (row: number) => void): void {
  const [wanted] = useState(Number(pointed));
  const done = useRef(!pointed);
  useEffect(() => {
    if (done.current || Number(log.events.at(-1)?.sequence ?? 0) < wanted) return;
    done.current = true;
    const position = log.events.findIndex((each) => Number(each.sequence) >= wanted);
    const row = log.rows.rowOf(position);
    if (row >= 0) show(row);
  });
}

function takeHome(runId: string, events: readonly RunEvent[]): void {
  const lines = events.map((event) => `${JSON.stringify(event)}\n`);
  download(`${runId}.ndjson`, new Blob(lines, { type: "application/x-ndjson" }));
}
