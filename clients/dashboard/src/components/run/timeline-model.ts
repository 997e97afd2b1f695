/**
 * What a run did when: a row for the run and one for each step, with what it did and waited for.
 *
 * Built from events, each taken once. Clocks of workers differ a little: a span never ends before it
 * began, whatever they say. Steps whose events were removed are added from the execution log.
 */
import type { RunEvent, RunStatus, Step } from "@/api/types";
import { lookOf, type Tone } from "@/lib/status";

/** An attempt at work; or a wait: for a worker, for the next attempt, for an answer. */
export type SpanKind = "attempt" | "queued" | "retry" | "answer";

export interface Span {
  kind: SpanKind;
  tone: Tone;
  /** Milliseconds since 1970. */
  start: number;
  /** None while it goes on. */
  end: number | null;
  attempt: number;
  /** Why it ended as it did, in words. */
  message: string;
}

export interface TimelineRow {
  /** The step; empty for the run itself. */
  id: string;
  node: string;
  visit: number;
  tool: string;
  /** Which superstep it is part of, from 1; parallel steps share it. */
  superstep: number;
  spans: readonly Span[];
}

export interface TimelineShown {
  rows: readonly TimelineRow[];
  /** When each superstep ended, in order. */
  merges: readonly { superstep: number; at: number }[];
  start: number;
  /** The newest time that an event tells. */
  end: number;
}

interface Row extends TimelineRow {
  spans: Span[];
}

const RUN_SPANS: Partial<Record<RunStatus, SpanKind>> = {
  RUN_STATUS_QUEUED: "queued",
  RUN_STATUS_INTERRUPTED: "answer",
  RUN_STATUS_RUNNING: "attempt",
  RUN_STATUS_CANCELLING: "attempt",
};

export class TimelineModel {
  private readonly run: Row = row("", "", 0);
  private readonly rows: Row[] = [];
  private readonly known = new Map<string, Row>();
  private readonly merges: { superstep: number; at: number }[] = [];
  private superstep = 1;
  private start = Number.NaN;
  private end = Number.NaN;

  /** Take further events, in order. */
  take(events: readonly RunEvent[], from = 0): void {
    for (let at = from; at < events.length; at++) {
      const event = events[at];
      if (event) this.add(event);
    }
  }

  show(): TimelineShown {
    const { run, rows, merges, start, end } = this;
    return { rows: run.spans.length ? [run, ...rows] : rows, merges, start, end };
  }

  private add(event: RunEvent): void {
    const told = Date.parse(event.eventTime ?? "");
    const at = Number.isFinite(told) ? told : this.end;
    if (!Number.isFinite(at)) return;
    this.start = Number.isNaN(this.start) ? at : Math.min(this.start, at);
    this.end = Number.isNaN(this.end) ? at : Math.max(this.end, at);
    if (event.statusChanged) this.status(event.statusChanged, at);
    else if (event.stepChanged) this.step(event.stepId ?? "", event.stepChanged, at);
    else if (event.stateUpdated) this.merged(event.stateUpdated.checkpointId ?? "", at);
  }

  private status(is: NonNullable<RunEvent["statusChanged"]>, at: number): void {
    const { tone } = lookOf(is.toStatus);
    const kind = RUN_SPANS[is.toStatus ?? "RUN_STATUS_UNSPECIFIED"];
    const reason = is.reason || is.error?.message || "";
    const last = this.run.spans.at(-1);
    if (last)
      finish(last, at, last.kind === "attempt" ? ended(is.toStatus, tone) : last.tone, reason);
    if (kind) this.run.spans.push(begun(kind, tone, at, is.attempt ?? 0));
    // What a worker left unfinished ends when the run does, or when another worker takes it.
    if (is.toStatus !== "RUN_STATUS_CANCELLING" && is.toStatus !== "RUN_STATUS_INTERRUPTED")
      for (const each of this.rows) abandon(each, at, kind ? "The worker was lost" : reason, kind);
  }

  private step(id: string, is: NonNullable<RunEvent["stepChanged"]>, at: number): void {
    const found = this.rowOf(id, is);
    const last = found.spans.at(-1);
    const attempt = is.attempt ?? 1;
    const { tone } = lookOf(is.toStatus);
    const running = last?.end === null && last.kind === "attempt" ? last : null;
    if (is.toStatus === "RUN_STATUS_RUNNING") {
      if (last) finish(last, at, running ? "cancelled" : last.tone);
      found.spans.push(begun("attempt", tone, at, attempt));
      return;
    }
    if (running) finish(running, at, tone, is.message ?? "");
    else {
      if (last) finish(last, at, last.tone);
      found.spans.push({ ...begun("attempt", tone, at, attempt), end: at });
    }
    if (is.toStatus === "RUN_STATUS_INTERRUPTED")
      found.spans.push(begun("answer", "interrupted", at, attempt));
    if (is.toStatus === "RUN_STATUS_FAILED" && /; next in /.test(is.message ?? ""))
      found.spans.push(begun("retry", "queued", at, attempt));
  }

  private merged(checkpoint: string, at: number): void {
    // Checkpoints of most graphs are numbered by superstep: right even where events were removed.
    const number = /^\d+$/.test(checkpoint) ? Number(checkpoint) : this.superstep;
    this.merges.push({ superstep: number, at });
    this.superstep = number + 1;
  }

  private rowOf(id: string, is: NonNullable<RunEvent["stepChanged"]>): Row {
    const found = this.known.get(id);
    if (found) return found;
    const made = row(id, is.node ?? id, this.superstep, is.visit, is.tool);
    this.known.set(id, made);
    this.rows.push(made);
    return made;
  }
}

/** Return the timeline of these events alone. */
export function timelineOf(events: readonly RunEvent[]): TimelineShown {
  const model = new TimelineModel();
  model.take(events);
  return model.show();
}

/** Return a timeline with the steps that its events do not tell, in the order in which they began. */
export function withSteps(shown: TimelineShown, steps: readonly Step[]): TimelineShown {
  const known = new Set(shown.rows.map(({ id }) => id));
  const added = steps.filter((step) => step.startTime && !known.has(step.stepId ?? ""));
  if (!added.length) return shown;
  const rows = [...shown.rows, ...added.map(ofStep)].toSorted(
    (one, other) => Number(one.id !== "") - Number(other.id !== "") || began(one) - began(other),
  );
  const starts = rows.map(began).filter(Number.isFinite);
  const ends = rows.map(({ spans }) => spans.at(-1)?.end ?? Number.NaN).filter(Number.isFinite);
  return {
    ...shown,
    rows,
    start: starts.reduce((one, other) => Math.min(one, other), shown.start || Infinity),
    end: ends.reduce((one, other) => Math.max(one, other), shown.end || -Infinity),
  };
}

function ofStep(step: Step): TimelineRow {
  const start = Date.parse(step.startTime ?? "");
  const { tone } = lookOf(step.status);
  const span = begun("attempt", tone, start, step.attempt ?? 1);
  finish(span, step.endTime ? Date.parse(step.endTime) : null, tone, step.message ?? "");
  const { stepId = "", node = "", superstep = 0, visit, tool } = step;
  return { ...row(stepId, node, superstep, visit, tool), spans: [span] };
}

/** How a piece of a run's work ended that another status came after. */
function ended(next: RunStatus | undefined, tone: Tone): Tone {
  if (next === "RUN_STATUS_CANCELLING") return "running";
  // Taken anew, or given back to the queue: the worker did not finish it.
  return next === "RUN_STATUS_QUEUED" || next === "RUN_STATUS_RUNNING" ? "cancelled" : tone;
}

function row(id: string, node: string, superstep: number, visit = 1, tool = ""): Row {
  return { id, node, visit, tool, superstep, spans: [] };
}

function begun(kind: SpanKind, tone: Tone, start: number, attempt: number): Span {
  return { kind, tone, start, end: null, attempt, message: "" };
}

function began({ spans }: TimelineRow): number {
  return spans[0]?.start ?? Number.NaN;
}

function finish(span: Span, at: number | null, tone: Tone, message = ""): void {
  if (span.end !== null || at === null) return;
  span.end = Math.max(span.start, at);
  span.tone = tone;
  span.message = message || span.message;
}

function abandon(row: Row, at: number, message: string, again: SpanKind | undefined): void {
  const last = row.spans.at(-1);
  if (last?.end !== null) return;
  // A pause goes on when another worker takes the run; work does not.
  if (last.kind === "attempt") finish(last, at, "cancelled", message);
  else if (!again) finish(last, at, last.tone);
}
