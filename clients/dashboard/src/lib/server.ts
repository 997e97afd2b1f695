/** What a server is, in words. */
import type { Server } from "@/api/server";
import { spell } from "@/lib/time";

const DATABASES: Readonly<Record<string, string>> = {
  DATABASE_KIND_SQLITE: "SQLite, a file of its own",
  DATABASE_KIND_POSTGRESQL: "PostgreSQL",
};

export function databaseOf({ database }: Server): string {
  return DATABASES[database ?? ""] ?? "not told";
}

export function langgraphOf({ langgraph, langgraphPath }: Server): string {
  if (langgraphPath === undefined)
    return langgraph ? "executed, its API is not served" : "not installed";
  const where = langgraphPath || "the root";
  return langgraph ? `executed, its API at ${where}` : `its API at ${where}, executed elsewhere`;
}

/** Return how far a clock is ahead, as far as one call can tell. */
export function skewOf(aheadMs: number, latencyMs: number): string {
  if (Math.abs(aheadMs) <= Math.max(latencyMs, 50)) return "agrees with this machine's";
  return `${spell(Math.abs(aheadMs))} ${aheadMs > 0 ? "ahead of" : "behind"} this machine's`;
}
