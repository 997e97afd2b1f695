/** Whether a run stands still, so that it should be said why. */
import type { Run } from "@/api/types";

const QUEUED_MS = 2_000;
const SILENT_MS = 10_000;

/** Return whether a run does not move; `heard` is when its newest event came. */
export function stands(run: Run, heard: string | undefined, now: number): boolean {
  const since = (time: string | undefined) => (time ? now - Date.parse(time) : 0);
  switch (run.status) {
    case "RUN_STATUS_QUEUED":
      return since(heard ?? run.createTime) > QUEUED_MS;
    case "RUN_STATUS_RUNNING":
      return since(heard ?? run.startTime) > SILENT_MS;
    case "RUN_STATUS_CANCELLING":
    case "RUN_STATUS_INTERRUPTED":
      return true;
    default:
      return false;
  }
}
