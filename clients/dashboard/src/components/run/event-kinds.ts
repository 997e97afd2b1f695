/** Kinds of events: what they are called, and what an event says in words. */
import type { RunEvent } from "@/api/types";
import { brief, valueOf } from "@/lib/payload";
import { bytes } from "@/lib/numbers";
import { lookOf, type Tone } from "@/lib/status";

export const EVENT_KINDS = [
  "statusChanged",
  "stepChanged",
  "stateUpdated",
  "logEntry",
  "custom",
  "outputChunk",
  "progress",
  "artifactAdded",
  "interruptRaised",
  "interruptAnswered",
  "unknown",
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

export const KIND_NAMES: Record<EventKind, string> = {
  statusChanged: "Status",
  stepChanged: "Step",
  stateUpdated: "State",
  logEntry: "Log",
  custom: "Custom",
  outputChunk: "Output",
  progress: "Progress",
  artifactAdded: "Artifact",
  interruptRaised: "Question",
  interruptAnswered: "Answer",
  unknown: "Other",
};

/** RFC 5424's words, by number. */
export const SEVERITIES = [
  "emergency",
  "alert",
  "critical",
  "error",
  "warning",
  "notice",
  "info",
  "debug",
] as const;

export interface Words {
  /** What happened. */
  title: string;
  /** What it was about, cut to a line. */
  brief: string;
  tone?: Tone;
}

const LONGEST = 300;

/** Return which of its details an event carries; a newer server may have kinds that are not known here. */
export function kindOf(event: RunEvent): EventKind {
  for (const kind of EVENT_KINDS) if (kind !== "unknown" && event[kind] !== undefined) return kind;
  return "unknown";
}

/** Return the node of the step that an event came from; empty for the run's own. */
export function nodeOf(event: RunEvent): string {
  const step = event.stepId ?? "";
  return step.slice(0, Math.max(0, step.lastIndexOf(":")));
}

/** Return the severity that an event has: a log line's own, error for what failed, else info. */
export function severityOf(event: RunEvent): number {
  // ProtoJSON leaves zero out, which is an emergency.
  if (event.logEntry) return event.logEntry.severity ?? 0;
  const entered = event.statusChanged?.toStatus ?? event.stepChanged?.toStatus;
  return entered === "RUN_STATUS_FAILED" ? 3 : 6;
}

export function severityName(severity: number): string {
  return SEVERITIES[severity] ?? "info";
}

const SAY: { [Kind in EventKind]: (event: RunEvent) => Words } = {
  statusChanged: ({ statusChanged: is = {} }) => {
    const { label, tone } = lookOf(is.toStatus);
    const attempt = (is.attempt ?? 0) > 1 ? `attempt ${is.attempt}` : "";
    const output = is.output ? brief(valueOf(is.output), LONGEST) : "";
    return {
      title: `Run ${label}`,
      brief: joined(attempt, is.reason, is.error?.message, output),
      tone,
    };
  },
  stepChanged: ({ stepChanged: is = {} }) => {
    const { label, tone } = lookOf(is.toStatus);
    const attempt = (is.attempt ?? 0) > 1 ? `attempt ${is.attempt}` : "";
    return { title: `Step ${label}`, brief: joined(attempt, is.tool, is.message), tone };
  },
  stateUpdated: ({ stateUpdated: is = {} }) => {
    const next = is.nextNodes?.length ? `→ ${is.nextNodes.join(", ")}` : "→ end";
    return { title: "State updated", brief: joined(next, brief(valueOf(is.update), LONGEST)) };
  },
  logEntry: (event) => {
    const { message = "", fields } = event.logEntry ?? {};
    const severity = severityOf(event);
    const tone = severity < 4 ? "failed" : severity === 4 ? "interrupted" : undefined;
    const more = fields ? brief(valueOf(fields), LONGEST) : "";
    return { title: `Log: ${severityName(severity)}`, brief: joined(message, more), tone };
  },
  custom: ({ custom: is = {} }) => ({
    title: is.type || "Custom event",
    brief: brief(valueOf(is.payload), LONGEST),
  }),
  outputChunk: ({ outputChunk: is = {} }) => ({
    title: is.channel ? `Output on ${is.channel}` : "Output",
    brief: brief(valueOf(is.payload), LONGEST),
  }),
  progress: ({ progress: is = {} }) => ({
    title: `${Math.round(Number(is.fraction ?? 0) * 100)} % done`,
    brief: is.message ?? "",
  }),
  artifactAdded: ({ artifactAdded: is = {} }) => ({
    title: "Artifact stored",
    brief: joined(is.filename, is.contentType, bytes(is.sizeBytes)),
  }),
  interruptRaised: ({ interruptRaised: is = {} }) => ({
    title: "Question asked",
    brief: brief(valueOf(is.interrupt?.value), LONGEST),
    tone: "interrupted",
  }),
  interruptAnswered: ({ interruptAnswered: is = {} }) => ({
    title: "Question answered",
    brief: brief(valueOf(is.answer), LONGEST),
  }),
  unknown: () => ({ title: "Event of a kind that is newer than this dashboard", brief: "" }),
};

/** Return what an event says. */
export function wordsOf(event: RunEvent): Words {
  return SAY[kindOf(event)](event);
}

function joined(...parts: readonly (string | undefined)[]): string {
  return parts.filter(Boolean).join(" · ");
}
