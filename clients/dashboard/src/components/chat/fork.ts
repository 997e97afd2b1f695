/** Where in a thread's history a message was not there yet: what is said from there is said anew. */
import type { ThreadState } from "@/api/threads";
import { idOfRaw, rawMessages } from "@/components/chat/messages";
import { valueOf } from "@/lib/payload";

export interface Found {
  /** Undefined if the states that were looked at all have the message. */
  checkpointId: string | undefined;
  /** The checkpoint to look at next, in older states; undefined if there is none. */
  next: string | undefined;
}

/**
 * Return the newest checkpoint before a message, along the line that led to the newest state: a
 * history holds the branches that were given up, too. `from` is where an earlier look ended.
 */
export function before(states: readonly ThreadState[], messageId: string, from?: string): Found {
  const byId = new Map(states.map((each) => [each.checkpoint?.checkpointId ?? "", each]));
  let next = from ?? states[0]?.checkpoint?.checkpointId;
  while (next !== undefined) {
    const state = byId.get(next);
    if (!state) return { checkpointId: undefined, next };
    const messages = rawMessages(valueOf(state.values)) ?? [];
    if (!messages.some((raw) => idOfRaw(raw) === messageId))
      return { checkpointId: next, next: undefined };
    next = state.parentCheckpoint?.checkpointId || undefined;
  }
  return { checkpointId: undefined, next: undefined };
}
