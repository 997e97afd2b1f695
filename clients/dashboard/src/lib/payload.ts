/** What a Payload holds, for showing it. */
import type { Payload } from "@/api/types";

/** Return a payload's value; bytes that are no JSON stay base64, and an artifact its id. */
export function valueOf(payload: Payload | undefined): unknown {
  if (!payload) return undefined;
  if (payload.json !== undefined) return payload.json;
  if (payload.artifactId) return { $artifact: payload.artifactId };
  if (payload.data) return payload.data;
  return payload.contentType ? "" : null;
}

/** Return JSON as it is shown: two spaces, one line for what is short. */
export function pretty(value: unknown): string {
  return value === undefined ? "" : JSON.stringify(value, null, 2);
}

/** Return JSON on one line, cut where it is too long for a cell. */
export function brief(value: unknown, length = 160): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
