/** Why a run does not move, in words, and what would move it; the questions that it waits for. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Hourglass } from "lucide-react";

import { explainRun, idOf } from "@/api/run-deeds";
import { useRunWatch } from "@/api/run-watch";
import type { Message, Run } from "@/api/types";
import { RunInterrupts } from "@/components/run/RunInterrupts";
import { stands } from "@/components/run/standing";
import { Timestamp } from "@/components/Timestamp";
import { useNow } from "@/lib/clock";

/** What moves a run may be elsewhere, in other runs and workers: no watch of this run tells it. */
const AGAIN_MS = 5_000;

export function RunExplanation({ run }: { run: Run }) {
  const runId = idOf(run);
  const now = useNow();
  const heard = useRunWatch(runId).events.at(-1)?.eventTime;
  const asks = run.status === "RUN_STATUS_INTERRUPTED" && !!run.interrupts?.length;
  const still = stands(run, heard, now) && !asks;
  const { data } = useQuery({
    queryKey: ["run", runId, "explanation", run.status],
    queryFn: () => explainRun(runId),
    enabled: still,
    refetchInterval: AGAIN_MS,
    placeholderData: keepPreviousData,
  });
  if (asks) return <RunInterrupts run={run} />;
  return still && data?.summary ? <Explained explanation={data} /> : null;
}

function Explained({ explanation }: { explanation: Message<"Explanation"> }) {
  const { summary, remedies = [], sinceTime, untilTime, facts = {} } = explanation;
  return (
    <section
      aria-label="Why it does not move"
      className="flex min-w-0 items-start gap-3 rounded-lg border bg-panel p-4"
    >
      <Hourglass aria-hidden className="mt-0.5 size-4 shrink-0 text-queued" />
      <div className="grid min-w-0 gap-2">
        <p className="break-words text-sm font-medium">{summary}</p>
        {remedies.length > 0 && (
          <ul className="grid list-disc gap-1 pl-4 text-[13px] text-soft">
            {remedies.map((each) => (
              <li key={each} className="break-words">
                {each}
              </li>
            ))}
          </ul>
        )}
        <dl className="flex flex-wrap gap-x-4 gap-y-1 text-xs">
          {sinceTime && <Said name="since">{<Timestamp time={sinceTime} />}</Said>}
          {untilTime && <Said name="goes on">{<Timestamp time={untilTime} />}</Said>}
          {Object.entries(facts).map(([name, value]) => (
            <Said key={name} name={name.replaceAll("_", " ")}>
              {value}
            </Said>
          ))}
        </dl>
      </div>
    </section>
  );
}

function Said({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div className="flex min-w-0 gap-1">
      <dt className="text-soft">{name}</dt>
      <dd className="break-all">{children}</dd>
    </div>
  );
}
