/** What a run says as it goes: streamed text, how far its steps are, and log lines. */
import { Link } from "@tanstack/react-router";
import { MessageSquareText } from "lucide-react";
import { memo, useRef } from "react";

import type { RunNow } from "@/api/run-watch";
import type { Run } from "@/api/types";
import { severityName } from "@/components/run/event-kinds";
import { useFollowing } from "@/components/run/following";
import { useModel } from "@/components/run/live-model";
import {
  OutputModel,
  type Bar,
  type Line,
  type OutputShown,
  type Stream,
} from "@/components/run/output-model";
import { Empty } from "@/components/states";
import { Card } from "@/components/ui/card";
import { cn } from "@/lib/classes";
import { isTerminal } from "@/lib/status";
import { clock } from "@/lib/time";

export function Output({ run, now }: { run: Run; now: RunNow }) {
  const shown = useModel(run.runId ?? "", () => new OutputModel());
  const live = !isTerminal(run.status);
  return (
    <>
      {live && shown.bars.length > 0 && <Bars bars={shown.bars} />}
      <Said shown={shown} live={live} discarded={!live && now.removed.length > 0} />
      {shown.lines.length > 0 && <Lines lines={shown.lines} live={live} />}
    </>
  );
}

function Bars({ bars }: { bars: readonly Bar[] }) {
  return (
    <Card title="Progress">
      <ul className="grid gap-3">
        {bars.map(({ stepId, fraction, message }) => (
          <li key={stepId} className="grid gap-1 text-[13px]">
            <span className="flex justify-between gap-3">
              <span className="truncate">
                <span className="font-mono text-xs">{stepId}</span>{" "}
                <span className="text-soft">{message}</span>
              </span>
              <span className="tabular-nums">{Math.round(fraction * 100)} %</span>
            </span>
            <progress
              aria-label={`Progress of ${stepId}`}
              value={fraction}
              max={1}
              className="h-2 w-full appearance-none overflow-hidden rounded-full bg-sunken [&::-moz-progress-bar]:bg-running [&::-webkit-progress-bar]:bg-sunken [&::-webkit-progress-value]:bg-running [&::-webkit-progress-value]:transition-[width]"
            />
          </li>
        ))}
      </ul>
    </Card>
  );
}

interface SaidProps {
  shown: OutputShown;
  live: boolean;
  discarded: boolean;
}

function Said({ shown, live, discarded }: SaidProps) {
  const { streams } = shown;
  if (!streams.length && !discarded && !live) return null;
  return (
    <Card title="Streamed output" flush>
      {discarded && (
        <p className="border-b bg-sunken px-4 py-2 text-[13px] text-soft">
          The pieces that were streamed are discarded some time after a run ends; what they add up
          to is in its state.
        </p>
      )}
      {!streams.length && !discarded && (
        <Empty title="Nothing said yet" icon={MessageSquareText}>
          Tokens that nodes write are shown here as they come.
        </Empty>
      )}
      {streams.length > 0 && <Streams streams={streams} live={live} />}
    </Card>
  );
}

function Streams({ streams, live }: { streams: readonly Stream[]; live: boolean }) {
  const frame = useRef<HTMLDivElement>(null);
  const { listeners } = useFollowing(frame, live);
  return (
    <div
      ref={frame}
      role="region"
      aria-label="Streamed text"
      tabIndex={0}
      {...listeners}
      className="max-h-[28rem] overflow-y-auto -outline-offset-2"
    >
      <div className="grid gap-4 p-4">
        {streams.map((stream) => (
          <StreamText key={stream.id} stream={stream} />
        ))}
      </div>
    </div>
  );
}

const StreamText = memo(
  function StreamText({ stream }: { stream: Stream }) {
    const { channel, stepId, pieces, dropped } = stream;
    return (
      <div className="min-w-0">
        <h3 className="flex flex-wrap gap-x-2 text-xs text-soft">
          {stepId && <span className="font-mono">{stepId}</span>}
          {channel && <span>on {channel}</span>}
        </h3>
        <p className="whitespace-pre-wrap break-words text-sm leading-relaxed">
          {dropped > 0 && <span className="text-soft">… earlier text is in the event log … </span>}
          {pieces.map((piece, at) => (
            <Piece key={at + dropped} text={piece} />
          ))}
        </p>
      </div>
    );
  },
  (one, other) => one.stream.id === other.stream.id && one.stream.chunks === other.stream.chunks,
);

const Piece = memo(function Piece({ text }: { text: string }) {
  return <span>{text}</span>;
});

function Lines({ lines, live }: { lines: readonly Line[]; live: boolean }) {
  const frame = useRef<HTMLDivElement>(null);
  const { listeners } = useFollowing(frame, live);
  return (
    <Card
      title="Log"
      flush
      actions={
        <Link
          from="/ui/runs/$runId"
          search={(before) => ({ ...before, tab: "events" as const, kind: ["logEntry" as const] })}
          className="rounded text-[13px] text-brand hover:underline"
        >
          All log lines
        </Link>
      }
    >
      <div
        ref={frame}
        role="region"
        aria-label="Log lines"
        tabIndex={0}
        {...listeners}
        className="max-h-64 overflow-y-auto py-2 -outline-offset-2"
      >
        <ul className="font-mono text-xs">
          {lines.map(({ sequence, time, severity, stepId, message }) => (
            <li key={sequence} className="flex gap-3 px-4 py-0.5">
              <span className="shrink-0 tabular-nums text-soft">{clock(time)}</span>
              <span
                className={cn(
                  "w-14 shrink-0",
                  severity < 4 ? "text-failed" : severity === 4 ? "text-interrupted" : "text-soft",
                )}
              >
                {severityName(severity)}
              </span>
              <span className="min-w-0 break-words">
                {message} {stepId && <span className="text-soft">{stepId}</span>}
              </span>
            </li>
          ))}
        </ul>
      </div>
    </Card>
  );
}
