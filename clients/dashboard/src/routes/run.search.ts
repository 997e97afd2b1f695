/** What of a run's page stands in its address. */
export const RUN_TABS = ["overview", "timeline", "events", "state", "artifacts"] as const;
export type RunTab = (typeof RUN_TABS)[number];

export interface RunSearch {
  tab?: RunTab;
  /** The checkpoint that is shown. */
  checkpoint?: string;
}

export function runSearch(search: Record<string, unknown>): RunSearch {
  const tab = RUN_TABS.find((each) => each === search["tab"]);
  const checkpoint = search["checkpoint"];
  return { tab, checkpoint: typeof checkpoint === "string" ? checkpoint : undefined };
}
