/** What a message says: text, pictures, links, thoughts; anything else as JSON. */
import type { Call } from "@/components/chat/calls";
import { isRecord } from "@/lib/schema/resolve";

export type Part =
  | { kind: "text"; text: string }
  | { kind: "thought"; text: string }
  /** A picture that is within the message; nothing is fetched from elsewhere to show a chat. */
  | { kind: "image"; source: string }
  | { kind: "link"; url: string }
  | { kind: "json"; value: unknown };

const PICTURE = /^data:image\/(?:png|jpe?g|gif|webp|avif);base64,[a-z0-9+/=\s]*$/i;
const PICTURE_TYPE = /^image\/(?:png|jpe?g|gif|webp|avif)$/i;
/** What asks for a tool stands among the calls. */
const CALLS: ReadonlySet<string> = new Set(["tool_use", "tool_call", "input_json_delta"]);

/** Return the parts of a content; neighbouring pieces of text are one. */
export function partsOf(content: unknown, calls: readonly Call[] = []): readonly Part[] {
  const listed = Array.isArray(content) ? (content as unknown[]) : [content];
  const parts: Part[] = [];
  for (const each of listed) {
    const part = partOf(each, calls);
    const last = parts.at(-1);
    if (!part) continue;
    if (last && "text" in last && "text" in part && last.kind === part.kind)
      parts[parts.length - 1] = { kind: last.kind, text: last.text + part.text };
    else parts.push(part);
  }
  return parts;
}

function partOf(value: unknown, calls: readonly Call[]): Part | null {
  if (typeof value === "string") return value ? { kind: "text", text: value } : null;
  if (value === null || value === undefined) return null;
  if (!isRecord(value)) return { kind: "json", value };
  const type = String(value["type"] ?? "");
  if (CALLS.has(type) && (type === "input_json_delta" || known(calls, value["id"]))) return null;
  if (type.startsWith("text") && typeof value["text"] === "string")
    return value["text"] ? { kind: "text", text: value["text"] } : null;
  const thought = value["thinking"] ?? value["reasoning"];
  if (/^(thinking|reasoning)/.test(type) && typeof thought === "string")
    return thought ? { kind: "thought", text: thought } : null;
  return pictureOf(value) ?? { kind: "json", value };
}

/** A picture by any of its spellings: OpenAI's, Anthropic's, LangChain's own. */
function pictureOf(part: Record<string, unknown>): Part | null {
  if (!String(part["type"] ?? "").startsWith("image")) return null;
  const inner = part["image_url"] ?? part["source"] ?? part;
  const source = isRecord(inner) ? inner : { url: inner };
  const url = typeof source["url"] === "string" ? source["url"] : "";
  if (PICTURE.test(url)) return { kind: "image", source: url };
  if (/^https?:\/\//i.test(url)) return { kind: "link", url };
  const type = String(source["mime_type"] ?? source["media_type"] ?? "");
  const bytes = source["data"] ?? source["base64"];
  const made = typeof bytes === "string" && PICTURE_TYPE.test(type);
  const whole = made ? `data:${type};base64,${bytes}` : "";
  return PICTURE.test(whole) ? { kind: "image", source: whole } : null;
}

function known(calls: readonly Call[], id: unknown): boolean {
  return calls.some((call) => call.id === id);
}
