/** A message while it is being said: pieces that add up. */
import { argsOf } from "@/components/chat/calls";
import { fieldsOf, messageOf, type ChatMessage } from "@/components/chat/messages";
import { isRecord } from "@/lib/schema/resolve";

interface CallPieces {
  id: string;
  name: string;
  args: string;
}

export class Spoken {
  private content: string | unknown[] = "";
  private readonly calls = new Map<string, CallPieces>();
  private fields: Record<string, unknown> = {};
  private made: ChatMessage | null = null;

  /** Take the next piece. */
  add(raw: unknown): void {
    const fields = fieldsOf(raw);
    this.made = null;
    this.fields = { ...this.fields, ...given(fields) };
    this.content = joined(this.content, fields["content"]);
    for (const piece of listed(fields["tool_call_chunks"])) this.addCall(piece);
  }

  /** The message as far as it has come; the same object until more comes. */
  get message(): ChatMessage {
    this.made ??= messageOf({
      ...this.fields,
      content: this.content,
      ...(this.calls.size ? { tool_calls: this.callsSaid, invalid_tool_calls: [] } : {}),
    });
    return this.made;
  }

  /** Pieces of one call have the same index; the first of them has its id. */
  private addCall(piece: unknown): void {
    if (!isRecord(piece)) return;
    const id = typeof piece["id"] === "string" ? piece["id"] : "";
    const last = [...this.calls.keys()].at(-1) ?? "";
    const index = piece["index"];
    const key = index !== undefined && index !== null ? `#${String(index)}` : id || last;
    const before = this.calls.get(key) ?? { id: "", name: "", args: "" };
    this.calls.set(key, {
      id: id || before.id,
      name: before.name + (typeof piece["name"] === "string" ? piece["name"] : ""),
      args: before.args + (typeof piece["args"] === "string" ? piece["args"] : ""),
    });
  }

  private get callsSaid(): unknown[] {
    return [...this.calls.values()].map((call) => ({ ...call, args: argsOf(call.args) }));
  }
}

/** A later piece may leave out what an earlier one said, its name for example. */
function given(fields: Record<string, unknown>): Record<string, unknown> {
  const isEmpty = (value: unknown) =>
    value === null || value === "" || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)));
}

function joined(before: string | unknown[], next: unknown): string | unknown[] {
  if (typeof next === "string") {
    if (typeof before === "string") return before + next;
    return next ? [...before, { type: "text", text: next }] : before;
  }
  if (!Array.isArray(next)) return before;
  return [...(typeof before === "string" ? (before ? [before] : []) : before), ...next];
}

function listed(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
