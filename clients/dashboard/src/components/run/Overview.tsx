/** A run at a glance: its graph, what went in and came out, and what it says. */
import type { RunNow } from "@/api/run-watch";
import type { Run } from "@/api/types";
import { Output } from "@/components/run/Output";
import { RunFailure } from "@/components/run/RunFailure";
import { RunGraph } from "@/components/run/RunGraph";
import { RunInputOutput } from "@/components/run/RunInputOutput";

export function Overview({ run, now }: { run: Run; now: RunNow }) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 xl:grid-cols-[minmax(0,3fr)_minmax(22rem,2fr)]">
      <div className="grid min-w-0 gap-4">
        <RunFailure run={run} />
        <RunGraph run={run} />
      </div>
      <div className="grid min-w-0 gap-4">
        <RunInputOutput run={run} />
        <Output run={run} now={now} />
      </div>
    </div>
  );
}
