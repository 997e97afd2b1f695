/** A run's checkpoints, and its state at each. */
import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  type InfiniteData,
} from "@tanstack/react-query";

import { answer, api } from "@/api/client";
import type { Checkpoint, RunState } from "@/api/types";

const PAGE = 100;

interface Page {
  checkpoints?: Checkpoint[];
  nextPageToken?: string;
}

/** The newest first; `newest` is what of the run is known, so that a newer one is asked for. */
export function checkpointsOf(runId: string) {
  return infiniteQueryOptions({
    queryKey: ["run", runId, "checkpoints"],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }): Promise<Page> =>
      answer(
        api.GET("/v1/runs/{run_id}/checkpoints", {
          params: {
            path: { run_id: runId },
            query: { pageSize: PAGE, pageToken: pageParam || undefined },
          },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });
}

export function flat(pages: InfiniteData<Page> | undefined): readonly Checkpoint[] {
  return pages?.pages.flatMap((page) => page.checkpoints ?? []) ?? [];
}

/** The state at a checkpoint never changes. */
export function stateAt(runId: string, checkpointId: string) {
  return queryOptions({
    queryKey: ["run", runId, "state", checkpointId],
    queryFn: async ({ signal }): Promise<RunState> => {
      const params = { path: { run_id: runId }, query: { checkpointId } };
      const { state } = await answer(api.GET("/v1/runs/{run_id}/state", { params, signal }));
      return state ?? {};
    },
    enabled: checkpointId !== "",
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });
}
