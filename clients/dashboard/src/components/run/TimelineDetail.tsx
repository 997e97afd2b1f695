/** A row of a timeline in exact times. */
import { Link } from "@tanstack/react-router";
import { X, ZoomIn } from "lucide-react";

import { ToneBadge } from "@/components/StatusBadge";
import { rowName, spanLength, spanName } from "@/components/run/timeline-looks";
import type { TimelineRow } from "@/components/run/timeline-model";
import type { Stretch } from "@/components/run/timeline-scale";
import { Button } from "@/components/ui/button";
import { Table, Td, Th } from "@/components/ui/table";
import { exact, spell } from "@/lib/time";

interface Props {
  row: TimelineRow;
  start: number;
  now: number;
  onZoom: (stretch: Stretch) => void;
  onClose: () => void;
}

const MOST = 200;

export function TimelineDetail({ row, start, now, onZoom, onClose }: Props) {
  const spans = row.spans.slice(-MOST);
  return (
    <div className="border-t">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2">
        <h2 className="font-semibold">{rowName(row)}</h2>
        {row.id && <span className="text-[13px] text-soft">superstep {row.superstep}</span>}
        {row.tool && <span className="text-[13px] text-soft">tool {row.tool}</span>}
        <Button size="sm" variant="ghost" onClick={() => onZoom(stretchOf(row, start, now))}>
          <ZoomIn aria-hidden /> Zoom to it
        </Button>
        {row.id && (
          <Link
            from="/ui/runs/$runId"
            search={(before) => ({ ...before, tab: "events" as const, node: row.node })}
            className="rounded text-[13px] text-brand hover:underline"
          >
            Events of this node
          </Link>
        )}
        <Button
          size="icon"
          variant="ghost"
          aria-label="Close the detail"
          className="ml-auto size-7"
          onClick={onClose}
        >
          <X aria-hidden />
        </Button>
      </div>
      <Table label={`Times of ${rowName(row)}`}>
        <thead>
          <tr>
            <Th>What</Th>
            <Th>Began</Th>
            <Th>After the start</Th>
            <Th>Took</Th>
            <Th>In words</Th>
          </tr>
        </thead>
        <tbody className="tabular-nums">
          {spans.map((span) => (
            <tr key={`${span.kind}${span.start}`}>
              <Td>
                <ToneBadge tone={span.tone}>{spanName(span, !row.id)}</ToneBadge>
              </Td>
              <Td className="whitespace-nowrap">{exact(new Date(span.start).toISOString())}</Td>
              <Td>{spell(span.start - start)}</Td>
              <Td className="whitespace-nowrap">
                {spanLength(span, now)}
                {span.end === null && " so far"}
              </Td>
              <Td className="min-w-40 break-words">{span.message || "–"}</Td>
            </tr>
          ))}
        </tbody>
      </Table>
    </div>
  );
}

/** What a row did: without the wait for an answer, which is long where the rest is short. */
function stretchOf(row: TimelineRow, start: number, now: number): Stretch {
  const done = row.spans.filter(({ kind }) => kind !== "answer");
  const spans = done.length ? done : row.spans;
  const from = (spans[0]?.start ?? start) - start;
  const to = (spans.at(-1)?.end ?? now) - start;
  const around = (to - from) * 0.05;
  return { from: from - around, to: to + around };
}
