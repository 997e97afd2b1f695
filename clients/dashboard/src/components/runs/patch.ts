/** What an event changes of the row of its run. */
import { after } from "@/api/run-watch";
import type { Run, RunEvent } from "@/api/types";
import { isTerminal } from "@/lib/status";

/** Return the run as it is after an event, unless it is newer than that. */
export function patched(run: Run, event: RunEvent): Run {
  if (Number(event.sequence ?? 0) <= Number(run.lastSequence ?? 0)) return run;
  const next = after(run, event) ?? run;
  return isTerminal(next.status) ? { ...next, endTime: event.eventTime } : next;
}

/** Leave out what no row shows: an output may be large, and many are kept. */
export function slim({ runId, sequence, eventTime, statusChanged }: RunEvent): RunEvent {
  const { toStatus, fromStatus, attempt, error } = statusChanged ?? {};
  return { runId, sequence, eventTime, statusChanged: { toStatus, fromStatus, attempt, error } };
}

export function isNewer(one: Run, other: Run): boolean {
  return Number(one.lastSequence ?? 0) >= Number(other.lastSequence ?? 0);
}
