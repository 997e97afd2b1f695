/** The queues: what waits in each, for how long, and who serves it. */
import { CircleCheck, Hourglass, TriangleAlert } from "lucide-react";

import { useQueues, type Queue } from "@/api/workers";
import { Meter } from "@/components/Meter";
import { More } from "@/components/More";
import { Empty, Failed, Loading } from "@/components/states";
import { Card } from "@/components/ui/card";
import { Table, Td, Th } from "@/components/ui/table";
import { cn } from "@/lib/classes";
import { count } from "@/lib/numbers";
import { meaningOf, partsOf, type Meaning } from "@/lib/queues";
import { milliseconds, spell } from "@/lib/time";

export function Queues() {
  const query = useQueues();
  const queues = query.data?.pages.flatMap((page) => page.queues ?? []) ?? [];
  return (
    <Card title="Queues" flush>
      {query.isPending && <Loading what="the queues" rows={2} />}
      {query.isError && !query.data && (
        <Failed error={query.error} what="load the queues" onRetry={() => void query.refetch()} />
      )}
      {query.isSuccess && queues.length === 0 && <Empty title="There are no queues" />}
      {queues.length > 0 && (
        <Table label="Queues by name">
          <thead>
            <tr>
              <Th>Queue</Th>
              <Th className="text-right">Ready</Th>
              <Th className="text-right">Delayed</Th>
              <Th className="text-right">Limited</Th>
              <Th className="text-right">Running</Th>
              <Th className="text-right">Lag</Th>
              <Th className="text-right">Workers</Th>
              <Th>What that means</Th>
            </tr>
          </thead>
          <tbody className="[&>tr:last-child>td]:border-0">
            {queues.map((queue) => (
              <QueueRow key={queue.queue} queue={queue} />
            ))}
          </tbody>
        </Table>
      )}
      <More {...query} />
    </Card>
  );
}

function QueueRow({ queue }: { queue: Queue }) {
  const parts = partsOf(queue).map(({ name, tone, runs }) => ({ name, tone, value: runs }));
  const lag = milliseconds(queue.lag);
  return (
    <tr data-queue={queue.queue}>
      <Td>
        <div className="grid min-w-28 gap-1.5">
          <span className="font-mono text-[13px]">{queue.queue}</span>
          <Meter label={`Runs in ${queue.queue ?? ""}`} parts={parts} className="h-1.5" />
        </div>
      </Td>
      <Number value={queue.ready} more={queue.more} strong />
      <Number value={queue.delayed} more={queue.more} />
      <Number value={queue.limited} more={queue.more} />
      <Number value={queue.running} more={queue.more} />
      <Td className="whitespace-nowrap text-right tabular-nums">{lag > 0 ? spell(lag) : "–"}</Td>
      <Td className="text-right tabular-nums">{queue.workers ?? 0}</Td>
      <Td>
        <MeaningOf meaning={meaningOf(queue)} />
        <Graphs queue={queue} />
      </Td>
    </tr>
  );
}

interface NumberProps {
  value: string | undefined;
  more: boolean | undefined;
  strong?: boolean;
}

function Number({ value = "0", more, strong }: NumberProps) {
  return (
    <Td
      className={cn(
        "text-right tabular-nums",
        value === "0" ? "text-soft" : strong && "font-semibold",
      )}
    >
      {count(value)}
      {more && value !== "0" && <span title="Counting ended there: there may be more">+</span>}
    </Td>
  );
}

const SIGNS = {
  warn: { Sign: TriangleAlert, colour: "text-danger" },
  busy: { Sign: Hourglass, colour: "text-interrupted" },
  calm: { Sign: CircleCheck, colour: "text-soft" },
};

function MeaningOf({ meaning }: { meaning: Meaning }) {
  const { Sign, colour } = SIGNS[meaning.tone];
  return (
    <p className={cn("flex min-w-56 items-start gap-1.5", colour)} data-tone={meaning.tone}>
      <Sign aria-hidden className="mt-0.5 size-4 shrink-0" />
      {meaning.words}
    </p>
  );
}

const SHOWN_GRAPHS = 3;

function Graphs({ queue: { graphs = [] } }: { queue: Queue }) {
  if (!graphs.length) return null;
  const more = graphs.length - SHOWN_GRAPHS;
  return (
    <p className="mt-0.5 pl-5.5 text-xs text-soft">
      {graphs
        .slice(0, SHOWN_GRAPHS)
        .map(
          (each) =>
            `${each.graphId ?? ""}: ${count(each.waiting)} wait, ${count(each.running)} run`,
        )
        .join(" · ")}
      {more > 0 && ` · ${more} more`}
    </p>
  );
}
