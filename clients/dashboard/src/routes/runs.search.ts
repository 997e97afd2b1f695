/** What of the runs page stands in its address. */
import type { RunStatus } from "@/api/types";
import { RUN_STATUSES } from "@/lib/status";

export interface RunsSearch {
  status?: RunStatus[];
  graph?: string;
  /** `key=value`, or a key alone. */
  label?: string;
  /** How long ago they may have been created, as `1h`, `7d`. */
  since?: string;
  /** Free text. */
  q?: string;
}

const KNOWN: ReadonlySet<string> = new Set(RUN_STATUSES);

/** Return what is valid of an address; the rest is left out, as a mistyped address should not fail. */
export function runsSearch(search: Record<string, unknown>): RunsSearch {
  const text = (name: string) =>
    typeof search[name] === "string" || typeof search[name] === "number"
      ? String(search[name]) || undefined
      : undefined;
  const statuses = [search["status"]].flat().filter((each) => KNOWN.has(String(each)));
  return {
    status: statuses.length ? (statuses as RunStatus[]) : undefined,
    graph: text("graph"),
    label: text("label"),
    since: text("since"),
    q: text("q"),
  };
}
