/** What of the page of keys stands in its address. */
import type { AuditChoice } from "@/lib/audit";

const TABS = ["keys", "audit", "namespaces"] as const;
export type KeysTab = (typeof TABS)[number];

export interface KeysSearch extends AuditChoice {
  tab?: KeysTab | undefined;
}

/** Return what is valid of an address; the rest is left out. */
export function keysSearch(search: Record<string, unknown>): KeysSearch {
  const text = (name: string) =>
    typeof search[name] === "string" || typeof search[name] === "number"
      ? String(search[name]) || undefined
      : undefined;
  return {
    tab: TABS.find((each) => each === search["tab"]),
    caller: text("caller"),
    method: text("method"),
    result: text("result"),
    subject: text("subject"),
    since: text("since"),
  };
}
