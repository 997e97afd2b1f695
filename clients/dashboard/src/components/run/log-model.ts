/** The event log as it is shown: follows a run's watch and keeps what the filter finds, live. */
import type { RunNow } from "@/api/run-watch";
import type { EventKind } from "@/components/run/event-kinds";
import { EventIndex, isFiltering, NO_FILTER, type EventFilter } from "@/components/run/event-index";
import { mergedRanges, rowsOf, type Removed, type Rows } from "@/components/run/event-rows";
import type { RunEvent } from "@/api/types";

export interface Log {
  rows: Rows;
  events: readonly RunEvent[];
  kinds: ReadonlyMap<EventKind, number>;
  nodes: readonly string[];
  removed: readonly Removed[];
  /** How many there are, and how many were removed. */
  total: number;
  gone: number;
  /** The filter has not looked at all of them yet. */
  searching: boolean;
  filtering: boolean;
}

interface Source {
  get: () => RunNow;
  subscribe: (listener: () => void) => () => void;
}

/** How long a frame may be spent on looking; typing and scrolling stay smooth. */
const SLICE_MS = 8;

export class LogModel {
  readonly index = new EventIndex();
  private filter = NO_FILTER;
  private done = true;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private taken: RunNow | null = null;
  private removed: readonly Removed[] = [];
  private shown: Log;
  private readonly listeners = new Set<() => void>();
  private off: (() => void) | null = null;

  constructor(private readonly source: Source) {
    this.take();
    this.shown = this.show();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    this.off ??= this.source.subscribe(() => {
      if (this.take()) this.tell();
    });
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;
      this.off?.();
      this.off = null;
      clearTimeout(this.timer);
      this.timer = undefined;
    };
  };

  /** What is shown now; the same object until that changes. */
  readonly get = (): Log => {
    // What came while nobody listened.
    if (this.take()) this.shown = this.show();
    return this.shown;
  };

  /** Show only what a filter finds. */
  look(filter: EventFilter): void {
    this.filter = filter;
    this.index.look(filter);
    this.go();
    this.tell();
  }

  private take(): boolean {
    const now = this.source.get();
    if (now === this.taken) return false;
    const before = this.taken;
    this.taken = now;
    this.index.append(now.events);
    if (now.removed !== before?.removed) this.removed = mergedRanges(now.removed);
    this.go();
    return now.events !== before?.events || now.removed !== before.removed;
  }

  private go(): void {
    if (!isFiltering(this.filter)) {
      this.done = true;
      return;
    }
    const until = performance.now() + SLICE_MS;
    this.done = this.index.search(() => performance.now() > until);
    if (this.done || this.timer !== undefined) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.go();
      this.tell();
    });
  }

  private tell(): void {
    this.shown = this.show();
    for (const each of this.listeners) each();
  }

  private show(): Log {
    const { index, removed } = this;
    const filtering = isFiltering(this.filter);
    const total = index.events.length;
    const positions = filtering ? index.matches : null;
    return {
      rows: rowsOf(total, positions, removed, (sequence) => index.positionOf(sequence)),
      events: index.events,
      kinds: index.kinds,
      nodes: [...index.nodes.keys()],
      removed,
      total,
      gone: removed.reduce((sum, [first, last]) => sum + last - first + 1, 0),
      searching: !this.done,
      filtering,
    };
  }
}
