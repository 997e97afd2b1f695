/** What the numbers of queues and workers mean. */
import type { Queue, Worker } from "@/api/workers";
import { milliseconds, spell } from "@/lib/time";

export interface Meaning {
  /** `warn`: somebody should look; `busy`: runs wait for their turn; `calm`: nothing waits. */
  tone: "warn" | "busy" | "calm";
  words: string;
}

/** Return what one would say of a queue. */
export function meaningOf(queue: Queue): Meaning {
  const ready = Number(queue.ready ?? 0);
  const running = Number(queue.running ?? 0);
  const waits = `The oldest ready run waits ${spell(milliseconds(queue.lag))}`;
  if (!queue.workers && ready)
    return {
      tone: "warn",
      words: `${waits}, and no worker of this server takes runs of this queue`,
    };
  if (!queue.workers && !running)
    return { tone: "warn", words: "No worker of this server takes runs of this queue" };
  if (ready) return { tone: "busy", words: waits };
  const held = Number(queue.delayed ?? 0) + Number(queue.limited ?? 0);
  if (held) return { tone: "calm", words: "Nothing is ready: runs wait for their time or a limit" };
  return { tone: "calm", words: running ? "Nothing waits" : "Empty" };
}

/** The states of a queue's runs, for a bar of them; those that there are. */
export function partsOf(queue: Queue) {
  const parts = [
    { name: "running", tone: "running", runs: Number(queue.running ?? 0) },
    { name: "ready", tone: "interrupted", runs: Number(queue.ready ?? 0) },
    { name: "delayed", tone: "queued", runs: Number(queue.delayed ?? 0) },
    { name: "limited", tone: "cancelling", runs: Number(queue.limited ?? 0) },
  ] as const;
  return parts.filter(({ runs }) => runs > 0);
}

/** Return where a worker is, in words. */
export function whereOf(worker: Worker): string {
  if (worker.kind === "WORKER_KIND_EMBEDDED")
    return worker.here ? "in the process of this server" : "in the process of another server";
  if (worker.kind === "WORKER_KIND_CONNECTED")
    return worker.address ? `connected from ${worker.address}` : "connected to this server";
  return "connected to another server, or gone: seen by the leases it holds";
}

/** Return all runs that a worker holds: those the caller may see, and others. */
export function heldBy(worker: Worker): number {
  return (worker.runCount ?? 0) + (worker.otherRunCount ?? 0);
}

/** Return how much of its lease a run has left, in words, and whether it has run out. */
export function leaseOf(end: string | undefined, now: number): { words: string; over: boolean } {
  if (!end) return { words: "no lease", over: true };
  const left = Date.parse(end) - now;
  if (left <= 0) return { words: `ended ${spell(-left)} ago`, over: true };
  return { words: `${Math.ceil(left / 1000)} s left`, over: false };
}
