/** The questions that a run waits for, each with what answers it. */
import { CircleHelp } from "lucide-react";

import { useMay } from "@/api/identity";
import { resumeRun } from "@/api/run-deeds";
import type { Interrupt, Run } from "@/api/types";
import { JsonView } from "@/components/JsonEditor";
import { Answer } from "@/components/run/Answer";
import { questionOf } from "@/components/run/question";
import { Timestamp } from "@/components/Timestamp";
import { brief } from "@/lib/payload";
import { isRecord } from "@/lib/schema/resolve";

export function RunInterrupts({ run }: { run: Run }) {
  const open = run.interrupts ?? [];
  if (run.status !== "RUN_STATUS_INTERRUPTED" || !open.length) return null;
  return (
    <section aria-label="Open questions" className="grid min-w-0 gap-3">
      {open.map((each) => (
        <Asked key={each.interruptId} run={run} interrupt={each} />
      ))}
    </section>
  );
}

function Asked({ run, interrupt }: { run: Run; interrupt: Interrupt }) {
  const may = useMay("run");
  const { text, rest, parked } = questionOf(interrupt);
  return (
    <article className="min-w-0 overflow-hidden rounded-lg border border-interrupted/50 bg-panel">
      <header className="flex flex-wrap items-center gap-x-2 gap-y-1 bg-interrupted-soft px-4 py-2 text-[13px] text-interrupted">
        <CircleHelp aria-hidden className="size-4 shrink-0" />
        <h2 className="font-medium">
          {parked ? "Parked after crashes" : `${interrupt.node || "The run"} asks`}
        </h2>
        <span className="ml-auto">
          <Timestamp time={interrupt.createTime} />
        </span>
      </header>
      <div className="grid min-w-0 gap-4 p-4">
        {parked && (
          <p className="max-w-prose text-sm">
            Too many workers ended while they held this run, so it is given to no more of them. Look
            at their logs and at the nodes below; then let it go on, or cancel it.
          </p>
        )}
        {text && <p className="max-w-prose whitespace-pre-wrap break-words text-base">{text}</p>}
        {rest !== undefined && <Rest value={rest} />}
        {may ? (
          <Answer
            interrupt={interrupt}
            parked={parked}
            onAnswer={(value) => resumeRun(run, interrupt.interruptId, value)}
          />
        ) : (
          <p className="text-[13px] text-soft">Your key may look, but not answer.</p>
        )}
      </div>
    </article>
  );
}

/** What else was said: short facts in a row, anything else as JSON. */
function Rest({ value }: { value: unknown }) {
  if (isRecord(value) && Object.values(value).every(isShort))
    return (
      <dl className="flex flex-wrap gap-x-6 gap-y-2">
        {Object.entries(value).map(([name, each]) => (
          <div key={name} className="min-w-0">
            <dt className="text-xs text-soft">{name}</dt>
            <dd className="break-words text-sm">{brief(each, 200)}</dd>
          </div>
        ))}
      </dl>
    );
  return <JsonView value={value} label="What was asked" maxHeight="16rem" />;
}

function isShort(value: unknown): boolean {
  return typeof value !== "object" && String(value).length <= 200;
}
