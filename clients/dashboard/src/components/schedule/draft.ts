/** A schedule that is being put together, as it is typed. */
import type { Violation } from "@/api/errors";
import type { CatchUp, Overlap } from "@/api/schedules";
import type { RunSpec, Schedule } from "@/api/types";
import { duration, labelsOf } from "@/components/start/draft";
import { valueOf } from "@/lib/payload";

export interface Draft {
  scheduleId: string;
  cron: string;
  timeZone: string;
  graphId: string;
  input: unknown;
  /** A `key=value` on each line. */
  labels: string;
  overlap: Overlap;
  catchUp: CatchUp;
  /** How far back missed times count, as `1 h`. */
  window: string;
  /** As a field for local times has it; empty for never. */
  end: string;
}

export const EMPTY: Draft = {
  scheduleId: "",
  cron: "",
  timeZone: "",
  graphId: "",
  input: undefined,
  labels: "",
  overlap: "OVERLAP_POLICY_SKIP",
  catchUp: "CATCH_UP_POLICY_LATEST",
  window: "",
  end: "",
};

/** Where each part stands in the request: what the server calls it when it refuses it. */
export const PATHS = {
  scheduleId: "schedule.schedule_id",
  cron: "schedule.cron",
  timeZone: "schedule.time_zone",
  graphId: "schedule.spec.graph_id",
  input: "schedule.spec.input",
  labels: "schedule.spec.labels",
  overlap: "schedule.overlap_policy",
  catchUp: "schedule.catch_up_policy",
  window: "schedule.catch_up_window",
  end: "schedule.end_time",
} as const satisfies Record<keyof Draft, string>;

/** Return what a form begins with for a schedule that is there. */
export function draftOf(schedule: Schedule): Draft {
  const labels = Object.entries(schedule.spec.labels ?? {});
  return {
    scheduleId: schedule.scheduleId,
    cron: schedule.cron,
    timeZone: schedule.timeZone ?? "",
    graphId: schedule.spec.graphId ?? "",
    input: valueOf(schedule.spec.input),
    labels: labels.map(([key, value]) => `${key}=${value}`).join("\n"),
    overlap: schedule.overlapPolicy ?? EMPTY.overlap,
    catchUp: schedule.catchUpPolicy ?? EMPTY.catchUp,
    window: schedule.catchUpWindow ?? "",
    end: schedule.endTime ? localOf(schedule.endTime) : "",
  };
}

export interface Drafted {
  schedule: Schedule;
  faults: readonly Violation[];
}

/** Return the schedule that a draft makes; what a form does not show stays as it was. */
export function drafted(draft: Draft, before?: Schedule): Drafted {
  const faults: Violation[] = [];
  const refuse = (name: keyof Draft, description: string) =>
    faults.push({ field: PATHS[name], description });
  if (!draft.scheduleId.trim()) refuse("scheduleId", "This is needed.");
  if (!draft.cron.trim()) refuse("cron", "This is needed.");
  if (!draft.graphId) refuse("graphId", "Choose a graph.");
  const { labels, wrong } = labelsOf(draft.labels);
  if (wrong.length) refuse("labels", `Write each as key=value: ${wrong.join(", ")}`);
  const window = draft.window.trim() ? duration(draft.window) : undefined;
  if (window === null) refuse("window", "Write a time as 90 s, 5 m, 2 h or 1 d.");
  const same = before?.spec.graphId === draft.graphId;
  const kept: RunSpec = same ? { ...before.spec } : {};
  delete kept.input;
  const spec: RunSpec = {
    ...kept,
    graphId: draft.graphId,
    labels,
    ...(draft.input === undefined ? {} : { input: { json: draft.input } }),
  };
  const schedule: Schedule = {
    scheduleId: draft.scheduleId.trim(),
    cron: draft.cron.trim(),
    timeZone: draft.timeZone.trim(),
    spec,
    overlapPolicy: draft.overlap,
    catchUpPolicy: draft.catchUp,
    ...(window ? { catchUpWindow: window } : {}),
    ...(draft.end ? { endTime: new Date(draft.end).toISOString() } : {}),
    ...(before?.etag ? { etag: before.etag } : {}),
  };
  return { schedule, faults };
}

/** Return a time as a field for local times spells it. */
export function localOf(time: string): string {
  const at = new Date(time);
  const moved = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return moved.toISOString().slice(0, 16);
}
