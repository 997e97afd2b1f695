import type { Run } from "@/api/types";

/** The graph of a run with what has become of its nodes; follows useRunWatch(run.runId). */
export function RunGraph({ run }: { run: Run }) {
  return <div>{run.runId}</div>;
}
