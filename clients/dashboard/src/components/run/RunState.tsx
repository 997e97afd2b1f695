import type { Run } from "@/api/types";

export function RunState({ run }: { run: Run }) {
  return <div>{run.runId}</div>;
}
