import type { Run } from "@/api/types";

export function RunArtifacts({ run }: { run: Run }) {
  return <div>{run.runId}</div>;
}
