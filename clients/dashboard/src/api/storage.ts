/** What the server stores, and having it keep less. */
import { useQuery } from "@tanstack/react-query";

import { answer, api } from "@/api/client";
import type { Message } from "@/api/types";
import { added, type Gone } from "@/lib/storage";

export type GraphStorage = Message<"GraphStorage">;
export type DatabaseStorage = Message<"DatabaseStorage">;
export type PrunedRuns = Message<"PrunedRuns">;

export interface PruneRequest {
  graphId?: string;
  /** As "86400s"; what the retention policy says without it. */
  olderThan?: string;
}

export const STORAGE_KEY = ["storage"];

export function useStorage() {
  return useQuery({
    queryKey: STORAGE_KEY,
    queryFn: () => answer(api.GET("/v1/storage")),
    staleTime: 10_000,
  });
}

/** Return what would go; nothing does. */
export async function previewed(request: PruneRequest): Promise<readonly PrunedRuns[]> {
  const body = { ...request, validateOnly: true };
  return (await answer(api.POST("/v1/storage:prune", { body }))).graphs ?? [];
}

/**
 * Delete until nothing more is to go, or somebody stops it; each call works for some seconds, and
 * `told` hears of it. The call that runs then is not broken off: what it deletes is told.
 */
export async function prune(
  request: PruneRequest,
  told: (gone: Gone) => void,
  signal: AbortSignal,
): Promise<void> {
  let gone: Gone = { runs: 0, bytes: 0 };
  let more = true;
  while (more && !signal.aborted) {
    const done = await answer(api.POST("/v1/storage:prune", { body: request }));
    gone = added(gone, done.graphs ?? []);
    more = done.more ?? false;
    told(gone);
  }
}
