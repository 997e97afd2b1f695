/** What of the runs page stands in its address. */
import type { RunStatus } from "@/api/types";
import { RUN_STATUSES } from "@/lib/status";

export const WINDOWS = ["15m", "1h", "24h", "7d"] as const;
/** How far back the figures of throughput reach. */
export type Window = (typeof WINDOWS)[number];

export interface RunsSearch {
  status?: RunStatus[];
  graph?: string;
  /** `key=value`, or a key alone; several must all be there. */
  label?: string | string[];
  /** How long ago they may have been created, as `1h`, `7d`. */
  since?: string;
  /** Free text. */
  q?: string;
  queue?: string;
  thread?: string;
  window?: Window;
}

const KNOWN: ReadonlySet<string> = new Set(RUN_STATUSES);
const MAX_LABELS = 10;
const SPAN = /^\d{1,4}[smhd]$/;

/** Return what is valid of an address; the rest is left out, as a mistyped address should not fail. */
export function runsSearch(search: Record<string, unknown>): RunsSearch {
  const text = (value: unknown) =>
    typeof value === "string" || typeof value === "number" ? String(value).trim() : "";
  const one = (name: string) => text(search[name]) || undefined;
  const status = [search["status"]].flat().filter((each) => KNOWN.has(String(each)));
  const label = [search["label"]].flat().map(text).filter(Boolean).slice(0, MAX_LABELS);
  const since = text(search["since"]);
  return {
    status: status.length ? (status as RunStatus[]) : undefined,
    graph: one("graph"),
    label: label.length > 1 ? label : label[0],
    since: SPAN.test(since) ? since : undefined,
    q: one("q"),
    queue: one("queue"),
    thread: one("thread"),
    window: WINDOWS.find((each) => each === search["window"]),
  };
}

/** Return the labels that are asked for, as a list. */
export function labelsOf(search: RunsSearch): readonly string[] {
  return [search.label ?? []].flat();
}
