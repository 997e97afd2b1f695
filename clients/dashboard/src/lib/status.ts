/** How statuses of runs, steps and threads are called and shown. */
import type { RunStatus } from "@/api/types";

export interface Look {
  label: string;
  /** Name of the colour: `text-succeeded`, `bg-succeeded-soft` and so on. */
  tone: Tone;
}

export type Tone =
  "queued" | "running" | "interrupted" | "cancelling" | "succeeded" | "failed" | "cancelled";

export const RUN_STATUSES = [
  "RUN_STATUS_QUEUED",
  "RUN_STATUS_RUNNING",
  "RUN_STATUS_INTERRUPTED",
  "RUN_STATUS_CANCELLING",
  "RUN_STATUS_SUCCEEDED",
  "RUN_STATUS_FAILED",
  "RUN_STATUS_CANCELLED",
] as const satisfies readonly RunStatus[];

const TERMINAL: ReadonlySet<string> = new Set([
  "RUN_STATUS_SUCCEEDED",
  "RUN_STATUS_FAILED",
  "RUN_STATUS_CANCELLED",
]);

/** Text, background and border of each tone, written out so that Tailwind sees them. */
export const TONES: Record<Tone, string> = {
  queued: "text-queued bg-queued-soft",
  running: "text-running bg-running-soft",
  interrupted: "text-interrupted bg-interrupted-soft",
  cancelling: "text-cancelling bg-cancelling-soft",
  succeeded: "text-succeeded bg-succeeded-soft",
  failed: "text-failed bg-failed-soft",
  cancelled: "text-cancelled bg-cancelled-soft",
};

/** Each tone as a plain surface: of a bar, a meter, a legend. */
export const FILLS: Record<Tone, string> = {
  queued: "bg-queued",
  running: "bg-running",
  interrupted: "bg-interrupted",
  cancelling: "bg-cancelling",
  succeeded: "bg-succeeded",
  failed: "bg-failed",
  cancelled: "bg-cancelled",
};

export function lookOf(status: RunStatus | undefined): Look {
  const word = (status ?? "RUN_STATUS_QUEUED").replace("RUN_STATUS_", "").toLowerCase();
  const known = word in TONES;
  return { label: word, tone: known ? (word as Tone) : "queued" };
}

export function isTerminal(status: RunStatus | undefined): boolean {
  return TERMINAL.has(status ?? "");
}

/** Whether CancelRun would do something. */
export function isCancellable(status: RunStatus | undefined): boolean {
  return status !== undefined && !isTerminal(status) && status !== "RUN_STATUS_CANCELLING";
}
