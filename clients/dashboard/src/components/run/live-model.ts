/** What a view makes of a run's events: each is taken once, however often the view is shown. */
import { useState, useSyncExternalStore } from "react";

import { runWatch, type RunNow } from "@/api/run-watch";
import type { RunEvent } from "@/api/types";

export interface Model<Shown> {
  /** Take the events from a position on; those before it were taken already. */
  take: (events: readonly RunEvent[], from: number) => void;
  /** What to show: another object whenever something was taken. */
  show: () => Shown;
}

class Live<Shown> {
  private taken = 0;
  private seen: RunNow["events"] | null = null;
  private shown: Shown;

  constructor(
    private readonly source: { get: () => RunNow },
    private readonly model: Model<Shown>,
  ) {
    this.shown = model.show();
  }

  readonly get = (): Shown => {
    const { events } = this.source.get();
    if (events !== this.seen) {
      this.model.take(events, this.taken);
      this.taken = events.length;
      this.seen = events;
      this.shown = this.model.show();
    }
    return this.shown;
  };
}

/** Follow what a model makes of a run's events; the view is another one for another run. */
export function useModel<Shown>(runId: string, make: () => Model<Shown>): Shown {
  const [watch] = useState(() => runWatch(runId));
  const [live] = useState(() => new Live(watch, make()));
  return useSyncExternalStore(watch.subscribe, live.get);
}
