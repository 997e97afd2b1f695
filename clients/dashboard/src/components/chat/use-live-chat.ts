/** Follows what a run of a conversation says. */
import { useMemo, useSyncExternalStore } from "react";

import { runWatch, type RunNow, type RunWatch } from "@/api/run-watch";
import { ChatModel, type LiveMessages } from "@/components/chat/live-chat";

export interface LiveChat {
  now: RunNow;
  messages: LiveMessages;
}

class Followed {
  private readonly model = new ChatModel();
  private taken = 0;
  private seen: RunNow | null = null;
  private shown: LiveChat | null = null;

  constructor(private readonly source: RunWatch) {}

  readonly subscribe = (listener: () => void): (() => void) => this.source.subscribe(listener);

  readonly get = (): LiveChat | null => {
    const now = this.source.get();
    if (now !== this.seen || !this.shown) {
      const more = now.events.length > this.taken;
      if (more) this.model.take(now.events, this.taken);
      this.taken = now.events.length;
      this.seen = now;
      this.shown = { now, messages: more || !this.shown ? this.model.show() : this.shown.messages };
    }
    return this.shown;
  };
}

const NOBODY = { subscribe: () => () => undefined, get: (): LiveChat | null => null };

/** Follow a run, if there is one. */
export function useLiveChat(runId: string | undefined): LiveChat | null {
  const source = useMemo(() => (runId ? new Followed(runWatch(runId)) : NOBODY), [runId]);
  return useSyncExternalStore(source.subscribe, source.get);
}
