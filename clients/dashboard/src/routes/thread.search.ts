/** What of a thread's page stands in its address. */
export const THREAD_TABS = ["chat", "state", "history", "runs"] as const;
export type ThreadTab = (typeof THREAD_TABS)[number];

export interface ThreadSearch {
  tab?: ThreadTab;
  /** The state of the history that is shown. */
  checkpoint?: string;
}

/** Return what is valid of an address; the rest is left out, as a mistyped address should not fail. */
export function threadSearch(search: Record<string, unknown>): ThreadSearch {
  const checkpoint = search["checkpoint"];
  return {
    tab: THREAD_TABS.find((each) => each === search["tab"]),
    checkpoint: typeof checkpoint === "string" && checkpoint ? checkpoint : undefined,
  };
}
