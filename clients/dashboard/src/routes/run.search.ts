/** What of a run's page stands in its address. */
import { EVENT_KINDS, type EventKind } from "@/components/run/event-kinds";

export const RUN_TABS = ["overview", "timeline", "events", "state", "artifacts"] as const;
export type RunTab = (typeof RUN_TABS)[number];

export interface RunSearch {
  tab?: RunTab;
  /** The checkpoint that is shown. */
  checkpoint?: string;
  /** What the event log shows: kinds, one node, this severe or worse, and what has these words. */
  kind?: EventKind[];
  node?: string;
  severity?: number;
  q?: string;
}

/** Return what is valid of an address; the rest is left out, as a mistyped address should not fail. */
export function runSearch(search: Record<string, unknown>): RunSearch {
  const asked = [search["kind"]].flat();
  const kinds = EVENT_KINDS.filter((each) => asked.includes(each));
  const severity = Number(search["severity"] ?? Number.NaN);
  return {
    tab: RUN_TABS.find((each) => each === search["tab"]),
    checkpoint: text(search["checkpoint"]),
    kind: kinds.length ? kinds : undefined,
    node: text(search["node"]),
    severity: Number.isInteger(severity) && severity >= 0 && severity <= 7 ? severity : undefined,
    q: text(search["q"]),
  };
}

/** A checkpoint as 00000012 or a word as 42 is read as a number by those who read addresses. */
function text(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value ? value : undefined;
}
