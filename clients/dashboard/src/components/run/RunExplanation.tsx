import type { Run } from "@/api/types";

export function RunExplanation({ run }: { run: Run }) {
  return <div>{run.runId}</div>;
}
