/** One worker. */
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { useServerNow } from "@/api/server";
import type { Worker, WorkerRun } from "@/api/workers";
import { Meter } from "@/components/Meter";
import { ToneBadge } from "@/components/StatusBadge";
import { Timestamp } from "@/components/Timestamp";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/classes";
import { heldBy, leaseOf, whereOf } from "@/lib/queues";

const FEW = 5;

export function WorkerCard({ worker }: { worker: Worker }) {
  const { workerId = "", capacity = 0, leaving, connectTime, heardTime } = worker;
  const held = heldBy(worker);
  return (
    <li
      data-worker={workerId}
      className="grid min-w-0 grid-cols-[minmax(0,1fr)] content-start gap-3 rounded-lg border bg-panel p-4"
    >
      <div className="flex items-start justify-between gap-2">
        <div className="min-w-0">
          <h3 className="truncate font-mono text-[13px] font-medium" title={workerId}>
            {workerId}
          </h3>
          <p className="text-xs text-soft">{whereOf(worker)}</p>
        </div>
        {leaving ? (
          <ToneBadge tone="cancelling">leaving</ToneBadge>
        ) : (
          <ToneBadge tone={held ? "running" : "succeeded"}>{held ? "busy" : "idle"}</ToneBadge>
        )}
      </div>
      <div className="grid gap-1">
        <p className="flex justify-between text-xs text-soft">
          <span>Holds</span>
          <span className="tabular-nums text-ink">
            {held}
            {capacity > 0 && ` of ${capacity} runs`}
          </span>
        </p>
        {capacity > 0 && (
          <Meter
            label={`${held} of ${capacity} runs`}
            of={capacity}
            parts={[
              { name: "runs", tone: held >= capacity ? "interrupted" : "brand", value: held },
            ]}
          />
        )}
      </div>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1 text-[13px]">
        <Row name="Takes runs of" values={worker.queues} what="queues" />
        <Row name="Graphs" values={worker.graphIds} what="graphs" />
        <dt className="text-soft">Heard</dt>
        <dd className="flex flex-wrap gap-x-2">
          <Timestamp time={heardTime} />
          {connectTime && (
            <span className="text-soft">
              here since <Timestamp time={connectTime} />
            </span>
          )}
        </dd>
      </dl>
      <Runs worker={worker} />
    </li>
  );
}

interface RowProps {
  name: string;
  values: readonly string[] | undefined;
  what: string;
}

function Row({ name, values = [], what }: RowProps) {
  return (
    <>
      <dt className="text-soft">{name}</dt>
      <dd className="truncate" title={values.join(", ")}>
        {values.length ? (
          values.join(", ")
        ) : (
          <span className="text-soft">{`${what} not known`}</span>
        )}
      </dd>
    </>
  );
}

function Runs({ worker }: { worker: Worker }) {
  const [all, setAll] = useState(false);
  const runs = worker.runs ?? [];
  if (!runs.length && !worker.otherRunCount) return null;
  const shown = all ? runs : runs.slice(0, FEW);
  return (
    <div className="border-t pt-2">
      <ul className="grid gap-0.5" aria-label="Runs that it holds">
        {shown.map((run) => (
          <HeldRun key={run.runId} run={run} />
        ))}
      </ul>
      {runs.length > FEW && (
        <Button variant="ghost" size="sm" className="mt-1" onClick={() => setAll(!all)}>
          {all ? "Show fewer" : `Show all ${runs.length}`}
        </Button>
      )}
      {!!worker.otherRunCount && (
        <p className="mt-1 text-xs text-soft">
          and {worker.otherRunCount} more that this key may not see
        </p>
      )}
    </div>
  );
}

function HeldRun({ run }: { run: WorkerRun }) {
  const { words, over } = leaseOf(run.leaseEndTime, useServerNow());
  const { runId = "", graphId = "", attempt = 1 } = run;
  return (
    <li className="flex items-center gap-2 text-[13px]">
      <Link
        to="/ui/runs/$runId"
        params={{ runId }}
        className="min-w-0 truncate font-mono text-xs text-brand underline-offset-2 hover:underline"
      >
        {runId}
      </Link>
      <span className="min-w-0 truncate text-xs text-soft">
        {graphId}
        {attempt > 1 && `, attempt ${attempt}`}
      </span>
      <span
        className={cn("ml-auto shrink-0 text-xs tabular-nums", over ? "text-danger" : "text-soft")}
        title="When its lease ends unless it is renewed"
      >
        {words}
      </span>
    </li>
  );
}
