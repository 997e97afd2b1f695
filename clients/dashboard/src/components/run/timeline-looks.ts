/** How spans of time look and what they are called. */
import type { Span, SpanKind, TimelineRow } from "@/components/run/timeline-model";
import { spell } from "@/lib/time";

/** Waits are outlined and hatched: they are no work. */
export const WAITS: Record<Exclude<SpanKind, "attempt">, string> = {
  queued: "border border-queued text-queued",
  retry: "border border-dashed border-failed text-failed",
  answer: "border border-interrupted text-interrupted",
};

export const HATCHED =
  "bg-[repeating-linear-gradient(135deg,transparent_0_4px,color-mix(in_srgb,currentColor_28%,transparent)_4px_6px)]";

const KINDS: Record<Exclude<SpanKind, "attempt">, string> = {
  queued: "Waited for a worker",
  retry: "Paused before the next attempt",
  answer: "Waited for an answer",
};

/** Return what a span was, as "Attempt 2: failed". */
export function spanName(span: Span, ofRun: boolean): string {
  if (span.kind !== "attempt") return KINDS[span.kind];
  const who = ofRun ? "Executed" : "Attempt";
  const number = span.attempt ? ` ${ofRun ? `(attempt ${span.attempt})` : span.attempt}` : "";
  return `${who}${number}: ${span.tone}`;
}

export function rowName(row: TimelineRow): string {
  return row.id ? `${row.node}${row.visit > 1 ? ` ×${row.visit}` : ""}` : "Run";
}

/** Return how long a span took, or has taken until now. */
export function spanLength(span: Span, now: number): string {
  return spell((span.end ?? now) - span.start);
}

/** Return a row in a sentence, for those who hear it. */
export function rowSentence(row: TimelineRow, now: number): string {
  const spans = row.spans.map((each) => `${spanName(each, !row.id)}, ${spanLength(each, now)}`);
  return `${rowName(row)}: ${spans.slice(-3).join("; ")}`;
}
