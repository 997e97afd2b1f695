/**
 * What a run says while it goes on: its state's messages, and those that are being said.
 *
 * Each `values` tells all messages, which is the truth; what was streamed beyond it stands behind.
 * Where a run tells no values, what its nodes did to the state stands in for them.
 */
import type { RunEvent } from "@/api/types";
import {
  fieldsOf,
  idOfRaw,
  isChunk,
  isRemoval,
  messageOf,
  rawMessages,
  type ChatMessage,
} from "@/components/chat/messages";
import { Spoken } from "@/components/chat/spoken";
import { valueOf } from "@/lib/payload";

export interface LiveMessages {
  /** All messages of the state as the run last told it; null before it does. */
  told: readonly ChatMessage[] | null;
  /** What was said since, by id. */
  said: readonly ChatMessage[];
  /** Ids of those that are being said. */
  growing: ReadonlySet<string>;
}

export class ChatModel {
  private told: readonly ChatMessage[] | null = null;
  private readonly said = new Map<string, Spoken | ChatMessage>();

  take(events: readonly RunEvent[], from = 0): void {
    for (let at = from; at < events.length; at++) {
      const event = events[at];
      if (event?.outputChunk) this.chunk(event.outputChunk);
      else if (event?.stateUpdated && !this.told) this.updated(valueOf(event.stateUpdated.update));
      else if (event?.statusChanged?.toStatus === "RUN_STATUS_RUNNING") this.anew();
    }
  }

  show(): LiveMessages {
    const said = [...this.said.values()];
    return {
      told: this.told,
      said: said.map((each) => (each instanceof Spoken ? each.message : each)),
      growing: new Set(
        [...this.said].filter(([, each]) => each instanceof Spoken).map(([id]) => id),
      ),
    };
  }

  private chunk({ channel, payload }: NonNullable<RunEvent["outputChunk"]>): void {
    const value = valueOf(payload);
    if (channel === "values") this.values(value);
    else if (channel === "messages" && Array.isArray(value)) this.piece(value[0]);
    else if (channel === "messages/partial" || channel === "messages/complete")
      for (const each of Array.isArray(value) ? (value as unknown[]) : []) this.whole(each);
  }

  private values(value: unknown): void {
    const raw = rawMessages(value);
    if (!raw) return;
    this.told = raw.map(messageOf);
    for (const { id } of this.told) this.said.delete(id);
  }

  private piece(raw: unknown): void {
    const fields = fieldsOf(raw);
    const id = idOfRaw(raw);
    // What the state has is not said again: a node may give messages on that it was given.
    if (!id || this.told?.some((each) => each.id === id)) return;
    if (!isChunk(fields)) return this.whole(raw);
    const before = this.said.get(id);
    const spoken = before instanceof Spoken ? before : new Spoken();
    spoken.add(raw);
    this.said.set(id, spoken);
  }

  private whole(raw: unknown): void {
    const id = idOfRaw(raw);
    if (id) this.said.set(id, messageOf(raw));
  }

  private updated(update: unknown): void {
    for (const raw of rawMessages(update) ?? []) {
      if (isRemoval(fieldsOf(raw))) this.said.delete(idOfRaw(raw));
      else this.whole(raw);
    }
  }

  /** A further attempt says again what the one before had not finished. */
  private anew(): void {
    for (const [id, each] of this.said) if (each instanceof Spoken) this.said.delete(id);
  }
}

/** Return the messages to show: those of the thread, and what its run has added to them. */
export function together(
  base: readonly ChatMessage[],
  live: LiveMessages | null,
  input: readonly ChatMessage[],
): readonly ChatMessage[] {
  if (!live) return base;
  const before = live.told ?? [...base, ...input];
  const ids = new Set(before.map((each) => each.id).filter(Boolean));
  return [...before, ...live.said.filter((each) => !ids.has(each.id))];
}
