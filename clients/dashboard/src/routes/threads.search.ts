/** What of the threads page stands in its address. */
import type { ThreadQuery, ThreadStatus } from "@/api/threads";

export const THREAD_STATUSES = [
  "THREAD_STATUS_IDLE",
  "THREAD_STATUS_BUSY",
  "THREAD_STATUS_INTERRUPTED",
  "THREAD_STATUS_ERROR",
] as const satisfies readonly ThreadStatus[];

export const ORDERS = {
  created: "create_time desc",
  updated: "update_time desc",
  oldest: "create_time",
} as const;
export type Order = keyof typeof ORDERS;

export interface ThreadsSearch {
  status?: ThreadStatus;
  graph?: string;
  /** `key=value` pairs, with commas between them, or a JSON object. */
  metadata?: string;
  order?: Order;
}

/** Return what is valid of an address; the rest is left out, as a mistyped address should not fail. */
export function threadsSearch(search: Record<string, unknown>): ThreadsSearch {
  const text = (value: unknown) =>
    typeof value === "string" || typeof value === "number" ? String(value).trim() : "";
  const metadata = search["metadata"];
  const order = text(search["order"]);
  return {
    status: THREAD_STATUSES.find((each) => each === search["status"]),
    graph: text(search["graph"]) || undefined,
    // An object in an address is read as one by who reads addresses.
    metadata:
      (typeof metadata === "object" && metadata ? JSON.stringify(metadata) : text(metadata)) ||
      undefined,
    order: (Object.keys(ORDERS) as Order[]).find((each) => each === order),
  };
}

/** Return what the metadata must hold; null if what is typed says nothing of the kind. */
export function metadataOf(typed: string): Record<string, unknown> | null {
  const text = typed.trim();
  if (text.startsWith("{")) {
    try {
      const value: unknown = JSON.parse(text);
      return typeof value === "object" ? (value as Record<string, unknown>) : null;
    } catch {
      return null;
    }
  }
  const pairs = text.split(",").map((each) => /^\s*([^=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(each));
  if (pairs.some((pair) => !pair)) return null;
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? "", pair?.[2] ?? ""]));
}

/** Return what is asked for. */
export function threadQuery(search: ThreadsSearch): ThreadQuery {
  const metadata = search.metadata ? metadataOf(search.metadata) : null;
  return {
    status: search.status,
    graphId: search.graph,
    ...(metadata ? { metadata } : {}),
    orderBy: search.order ? ORDERS[search.order] : undefined,
  };
}
