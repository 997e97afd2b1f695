/**
 * Messages of a conversation, in any of the spellings in which LangChain's are met.
 *
 * `{"type": "human"}` and `{"role": "user"}`, the constructor form (`lc`, `kwargs`), `{"type", "data"}`,
 * pairs of role and text, and bare text. What is not understood is shown as JSON, not left out.
 */
import { isRecord } from "@/lib/schema/resolve";
import { partsOf, type Part } from "@/components/chat/parts";
import { callsOf, type Call } from "@/components/chat/calls";

export type Role = "human" | "ai" | "tool" | "system" | "other";

export interface ChatMessage {
  /** Empty where it has none. */
  id: string;
  role: Role;
  /** What it calls itself: a tool, a person, another agent. */
  name: string;
  parts: readonly Part[];
  calls: readonly Call[];
  /** The tool call that it is the result of. */
  answers: string;
  failed: boolean;
  /** As it is in the state. */
  raw: unknown;
}

const ROLES: Record<string, Role> = {
  human: "human",
  user: "human",
  ai: "ai",
  assistant: "ai",
  tool: "tool",
  function: "tool",
  system: "system",
  developer: "system",
};

/** Return a message, however it is spelled. */
export function messageOf(raw: unknown): ChatMessage {
  const fields = fieldsOf(raw);
  const calls = callsOf(fields);
  return {
    id: text(fields["id"]),
    role: roleOf(fields),
    name: text(fields["name"]),
    parts: partsOf(fields["content"], calls),
    calls,
    answers: text(fields["tool_call_id"]),
    failed: fields["status"] === "error",
    raw,
  };
}

/** Return the messages of a state; null where it has none. */
export function messagesOf(values: unknown): readonly ChatMessage[] | null {
  const raw = rawMessages(values);
  return raw ? raw.map(messageOf) : null;
}

/** Return the messages of a state as they are spelled; null where it has none. */
export function rawMessages(values: unknown): readonly unknown[] | null {
  if (!isRecord(values) || !("messages" in values)) return null;
  const found = values["messages"];
  if (Array.isArray(found)) return isPair(found) ? [found] : (found as unknown[]);
  return typeof found === "string" || isRecord(found) ? [found] : null;
}

/** Return the id of a message as it is spelled; empty where it has none. */
export function idOfRaw(raw: unknown): string {
  return text(fieldsOf(raw)["id"]);
}

/** Return a message's fields, out of whatever it is wrapped in. */
export function fieldsOf(raw: unknown): Record<string, unknown> {
  if (typeof raw === "string") return { type: "human", content: raw };
  if (isPair(raw)) return { role: raw[0], content: raw[1] };
  if (!isRecord(raw)) return { type: "", content: raw ?? null };
  if ("lc" in raw && isRecord(raw["kwargs"])) {
    const kind = Array.isArray(raw["id"]) ? text(raw["id"].at(-1)) : "";
    return { type: kind, ...raw["kwargs"] };
  }
  if (isRecord(raw["data"]) && !("content" in raw)) return { ...raw["data"], type: raw["type"] };
  return raw;
}

/** Whether fields are those of a piece of a message that is still being said. */
export function isChunk(fields: Record<string, unknown>): boolean {
  return text(fields["type"]).endsWith("Chunk");
}

/** Whether it asks for another message to be taken away. */
export function isRemoval(fields: Record<string, unknown>): boolean {
  return fields["type"] === "remove" || fields["type"] === "RemoveMessage";
}

/** Return all text of a message. */
export function textOf(message: ChatMessage): string {
  return message.parts.map((part) => (part.kind === "text" ? part.text : "")).join("");
}

function roleOf(fields: Record<string, unknown>): Role {
  // A ChatMessage has its role beside its type.
  const type = text(fields["type"]);
  const said = (type === "chat" || !type ? text(fields["role"]) : type) || type;
  const word = said.replace(/Message(Chunk)?$/, "").toLowerCase();
  return Object.hasOwn(ROLES, word) ? (ROLES[word] ?? "other") : "other";
}

function isPair(value: unknown): value is [string, unknown] {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    typeof value[0] === "string" &&
    Object.hasOwn(ROLES, value[0]) &&
    (typeof value[1] === "string" || Array.isArray(value[1]))
  );
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
