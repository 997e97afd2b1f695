/** A run at a glance: its graph, what went in and came out, and what it says. */
import { CircleAlert } from "lucide-react";

import type { RunNow } from "@/api/run-watch";
import type { Run } from "@/api/types";
import { Output } from "@/components/run/Output";
import { RunGraph } from "@/components/run/RunGraph";
import { RunInputOutput } from "@/components/run/RunInputOutput";

export function Overview({ run, now }: { run: Run; now: RunNow }) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 xl:grid-cols-[minmax(0,3fr)_minmax(22rem,2fr)]">
      <div className="grid min-w-0 gap-4">
        {run.error && <RunFailure run={run} />}
        <RunGraph run={run} />
      </div>
      <div className="grid min-w-0 gap-4">
        <RunInputOutput run={run} />
        <Output run={run} now={now} />
      </div>
    </div>
  );
}

function RunFailure({ run }: { run: Run }) {
  return (
    <section
      aria-label="Why it failed"
      className="flex gap-3 rounded-lg border border-danger/50 bg-danger-soft px-4 py-3"
    >
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-danger" />
      <p className="min-w-0 whitespace-pre-wrap break-words text-sm">{run.error?.message}</p>
    </section>
  );
}
