/** A conversation as it is shown: the results of tools stand with what asked for them. */
import type { Call } from "@/components/chat/calls";
import type { ChatMessage } from "@/components/chat/messages";

export interface Answered {
  call: Call;
  /** Undefined as long as there is none. */
  result: ChatMessage | undefined;
}

export interface Turn {
  /** Unique in the conversation. */
  key: string;
  message: ChatMessage;
  calls: readonly Answered[];
}

/** Return the turns of a conversation; a result that nothing asked for is a turn of its own. */
export function turnsOf(messages: readonly ChatMessage[]): readonly Turn[] {
  const asked = new Map<string, Answered>();
  const seen = new Map<string, number>();
  const turns: Turn[] = [];
  for (const message of messages) {
    const waiting = message.role === "tool" ? asked.get(message.answers) : undefined;
    if (waiting && !waiting.result) {
      waiting.result = message;
      continue;
    }
    const calls = message.calls.map((call): Answered => ({ call, result: undefined }));
    for (const each of calls) if (each.call.id) asked.set(each.call.id, each);
    const name = message.id || `at ${turns.length}`;
    const times = seen.get(name) ?? 0;
    seen.set(name, times + 1);
    turns.push({ key: times ? `${name} ${times}` : name, message, calls });
  }
  return turns;
}
