import type { Run } from "@/api/types";

export function RunInputOutput({ run }: { run: Run }) {
  return <div>{run.runId}</div>;
}
