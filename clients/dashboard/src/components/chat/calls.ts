/** Tools that a message asks for. */
import { isRecord } from "@/lib/schema/resolve";

export interface Call {
  /** Empty where it has none. */
  id: string;
  name: string;
  /** JSON; the text as far as it has come while it is being said, or where it is no JSON. */
  args: unknown;
}

/** Return the calls of a message's fields: LangChain's, OpenAI's, or Anthropic's parts. */
export function callsOf(fields: Record<string, unknown>): readonly Call[] {
  const extra = isRecord(fields["additional_kwargs"]) ? fields["additional_kwargs"] : {};
  const own = list(fields["tool_calls"]);
  const plain = own.length ? own : list(extra["tool_calls"]);
  const parts = list(fields["content"]).filter(
    (part) => isRecord(part) && (part["type"] === "tool_use" || part["type"] === "tool_call"),
  );
  const calls = [...plain, ...list(fields["invalid_tool_calls"])].flatMap(callOf);
  const ids = new Set(calls.map((call) => call.id));
  return [...calls, ...parts.flatMap(callOf).filter((call) => !ids.has(call.id))];
}

/** Return arguments: JSON as what it says, anything else as it is. */
export function argsOf(spelled: unknown): unknown {
  if (typeof spelled !== "string") return spelled ?? {};
  try {
    return JSON.parse(spelled) as unknown;
  } catch {
    return spelled;
  }
}

function callOf(value: unknown): readonly Call[] {
  if (!isRecord(value)) return [];
  const inner = isRecord(value["function"]) ? value["function"] : value;
  const name = typeof inner["name"] === "string" ? inner["name"] : "";
  const id = typeof value["id"] === "string" ? value["id"] : "";
  const args = argsOf(inner["args"] ?? inner["arguments"] ?? inner["input"]);
  return name || id ? [{ id, name, args }] : [];
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
