/** How artifacts are shown, by their media type and their name. */
import type { Artifact } from "@/api/types";

export const KINDS = ["json", "csv", "image", "html", "text", "other"] as const;
export type Kind = (typeof KINDS)[number];

const ENDINGS: Record<string, Kind> = {
  json: "json",
  csv: "csv",
  tsv: "csv",
  html: "html",
  htm: "html",
  md: "text",
  txt: "text",
  log: "text",
  yaml: "text",
  yml: "text",
  toml: "text",
  py: "text",
  xml: "text",
  jsonl: "text",
  ndjson: "text",
};
/** Pictures that browsers draw without running anything; SVG within an image runs nothing either. */
const IMAGES = new Set([
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/avif",
  "image/svg+xml",
]);
const VAGUE = new Set(["", "application/octet-stream", "binary/octet-stream"]);

/** Return how an artifact is shown; what is vague about its type, its name tells. */
export function kindOf({ contentType = "", filename = "" }: Artifact): Kind {
  const type = mediaType(contentType);
  const ending = filename.split(".").at(-1)?.toLowerCase() ?? "";
  const named = filename.includes(".") ? ENDINGS[ending] : undefined;
  if (VAGUE.has(type)) return named ?? "other";
  if (IMAGES.has(type)) return "image";
  if (type === "application/json" || type.endsWith("+json")) return "json";
  if (type === "text/csv" || type === "text/tab-separated-values") return "csv";
  if (type === "text/html") return "html";
  if (type === "text/plain" && named === "csv") return "csv";
  if (type.startsWith("text/") || TEXTUAL.has(type)) return "text";
  return "other";
}

const TEXTUAL = new Set(["application/xml", "application/yaml", "application/x-ndjson"]);

/** Return a media type without its parameters. */
export function mediaType(contentType: string): string {
  return (contentType.split(";")[0] ?? "").trim().toLowerCase();
}

/** So much is shown without being asked for. */
export const UNASKED_BYTES = 5_000_000;
/** And so much at most, of what can be shown in part. */
export const SHOWN_BYTES = 20_000_000;
const IN_PART: ReadonlySet<Kind> = new Set(["csv", "text"]);

export type Plan =
  { show: "now" | "when asked"; bytes: number; whole: boolean } | { show: "never"; why: string };

/** Return whether and how much of an artifact is fetched to show it. */
export function planOf(artifact: Artifact): Plan {
  const size = Number(artifact.sizeBytes ?? 0);
  const kind = kindOf(artifact);
  if (artifact.status !== "ARTIFACT_STATUS_ACTIVE")
    return { show: "never", why: "Its content is still arriving." };
  if (kind === "other") return { show: "never", why: "There is no preview of this type." };
  if (size > SHOWN_BYTES && !IN_PART.has(kind))
    return { show: "never", why: "It is too large to be shown." };
  const bytes = Math.min(size, IN_PART.has(kind) ? UNASKED_BYTES : SHOWN_BYTES);
  // The beginning of a long table or text is cheap; a picture or document comes whole or not at all.
  const unasked = size <= UNASKED_BYTES;
  return { show: unasked ? "now" : "when asked", bytes, whole: bytes >= size };
}
