/**
 * Everything that happened in a run, live: the run as it is now and its events, each once and in order.
 *
 * It begins at the oldest event that is retained and goes on by sequence after every break. Views are
 * told at most once a frame, however many events come; they read arrays that only grow.
 */
import { useSyncExternalStore } from "react";

import { answer, api } from "@/api/client";
import { asApiError, type ApiError } from "@/api/errors";
import { watch } from "@/api/socket";
import type { Message, Run, RunEvent } from "@/api/types";
import { isTerminal } from "@/lib/status";

export interface RunNow {
  /** As of the newest event that changed it; null before the first message. */
  run: Run | null;
  /** By sequence, without doubles. The same array as long as nothing comes; a longer one after. */
  events: readonly RunEvent[];
  /** All events that there are have come, and the run is terminal. */
  complete: boolean;
  live: boolean;
  /** Events that retention removed, as pairs of first and last sequence. */
  removed: readonly (readonly [number, number])[];
  error: ApiError | null;
}

const NOTHING: RunNow = {
  run: null,
  events: [],
  complete: false,
  live: false,
  removed: [],
  error: null,
};

export class RunWatch {
  private now: RunNow = NOTHING;
  private next: RunNow = NOTHING;
  private sequence = 0;
  private readonly grown: RunEvent[] = [];
  private frame = 0;
  private close: (() => void) | null = null;
  private readonly listeners = new Set<() => void>();

  constructor(readonly runId: string) {}

  /** What is known now; the same object until something changes. */
  readonly get = (): RunNow => this.now;

  /** Follow; the first listener opens the watch, the last one that goes closes it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    this.close ??= this.open();
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;
      this.close?.();
      this.close = null;
    };
  };

  /** Watch again after the run was resumed, or after an error. */
  readonly again = (): void => {
    this.close?.();
    this.tell({ error: null, complete: false });
    this.close = this.listeners.size > 0 ? this.open() : null;
  };

  /** Take the run as a call answered it, if that is newer. */
  readonly take = (run: Run): void => {
    const shown = Number(this.next.run?.lastSequence ?? 0);
    if (Number(run.lastSequence ?? 0) >= shown) this.tell({ run });
  };

  private open(): () => void {
    return watch<Message<"WatchRunResponse">>({
      path: `runs/${encodeURIComponent(this.runId)}/ws`,
      query: () => ({ from_sequence: String(this.sequence), heartbeat_interval: "5s" }),
      message: (message) => this.hear(message),
      open: (live) => this.tell({ live }),
      end: (error) => this.tell({ error, complete: error === null, live: false }),
      probe: () => this.refused(),
    });
  }

  private hear(message: Message<"WatchRunResponse">): void {
    if (message.started?.run) this.take(message.started.run);
    if (message.batch?.events) this.add(message.batch.events);
    if (message.compacted) {
      const { fromSequence, toSequence } = message.compacted;
      this.tell({
        removed: [...this.next.removed, [Number(fromSequence), Number(toSequence)] as const],
      });
    }
    if (message.ended?.run) this.tell({ run: message.ended.run });
    this.sequence = Math.max(this.sequence, Number(message.nextSequence ?? 0));
  }

  private add(events: readonly RunEvent[]): void {
    // The run is as of now from the first message on: what is told again of its past changes nothing.
    const known = Number(this.next.run?.lastSequence ?? 0);
    let run = this.next.run;
    for (const event of events) {
      const sequence = Number(event.sequence);
      if (sequence < this.sequence) continue;
      this.grown.push(event);
      this.sequence = sequence + 1;
      if (sequence > known) run = after(run, event);
    }
    this.tell({ run });
  }

  private tell(change: Partial<RunNow>): void {
    this.next = { ...this.next, ...change };
    if (this.frame) return;
    this.frame = schedule(() => {
      this.frame = 0;
      // Views compare arrays by identity: a copy for each frame, not for each message.
      if (this.grown.length > this.next.events.length)
        this.next = { ...this.next, events: this.grown.slice() };
      this.now = this.next;
      for (const each of this.listeners) each();
    });
  }

  private async refused(): Promise<ApiError | null> {
    try {
      const path = { run_id: this.runId };
      await answer(api.GET("/v1/runs/{run_id}", { params: { path } }));
      return null;
    } catch (thrown) {
      return asApiError(thrown);
    }
  }
}

/** Return the run as it is after an event, as far as the event tells. */
export function after(run: Run | null, event: RunEvent): Run | null {
  if (!run) return run;
  const changed: Run = { ...run, lastSequence: event.sequence ?? run.lastSequence };
  const status = event.statusChanged;
  if (status) {
    changed.status = status.toStatus;
    if (status.output) changed.output = status.output;
    if (status.error) changed.error = status.error;
    if (status.attempt) changed.attempt = status.attempt;
    if (status.toStatus === "RUN_STATUS_RUNNING") changed.startTime ??= event.eventTime;
    if (isTerminal(status.toStatus)) {
      changed.endTime = event.eventTime;
      changed.interrupts = [];
    }
  }
  if (event.interruptRaised?.interrupt)
    changed.interrupts = [...(run.interrupts ?? []), event.interruptRaised.interrupt];
  const answered = event.interruptAnswered?.interruptId;
  if (answered)
    changed.interrupts = (run.interrupts ?? []).filter((each) => each.interruptId !== answered);
  return changed;
}

/** A background tab has no frames: what comes there is told by a timer. */
function schedule(tell: () => void): number {
  if (document.visibilityState === "visible") return requestAnimationFrame(tell);
  return Number(setTimeout(tell, 250));
}

const MAX_KEPT = 4;
const kept = new Map<string, RunWatch>();

/** Return the watch of a run: the same one for all views, and for who comes back to it soon. */
export function runWatch(runId: string): RunWatch {
  const found = kept.get(runId) ?? new RunWatch(runId);
  kept.delete(runId);
  kept.set(runId, found);
  for (const oldest of kept.keys()) {
    if (kept.size <= MAX_KEPT) break;
    kept.delete(oldest);
  }
  return found;
}

/** Follow a run. */
export function useRunWatch(runId: string): RunNow {
  const found = runWatch(runId);
  return useSyncExternalStore(found.subscribe, found.get);
}
