import type { Run } from "@/api/types";

export function RunActions({ run }: { run: Run }) {
  return <div>{run.runId}</div>;
}
