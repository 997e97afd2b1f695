/** Lists and counts of runs, and what is done to many. */
import { queryOptions } from "@tanstack/react-query";

import { answer, api, content } from "@/api/client";
import type { Message, Run, RunSpec } from "@/api/types";
import { readExact } from "@/lib/exact-json";

/** Label of a run that was made to repeat another: the id of that one. */
export const RETRY_LABEL = "retry_of";

export interface PageOfRuns {
  runs: readonly Run[];
  /** Empty on the last page. */
  nextPageToken: string;
}

/** Read a page of the runs that match, newest first, without inputs and outputs. */
export async function readRuns(
  filter: string,
  pageToken: string,
  pageSize: number,
): Promise<PageOfRuns> {
  const query = {
    pageSize,
    ...(filter ? { filter } : {}),
    ...(pageToken ? { pageToken } : {}),
  };
  const { runs = [], nextPageToken = "" } = await answer(
    api.GET("/v1/runs", { params: { query } }),
  );
  return { runs, nextPageToken };
}

/** How many runs there are by status, and what happened of late; `window` as "3600s". */
export function runCounts(window: string, graphId: string | undefined, buckets: number) {
  return queryOptions({
    queryKey: ["runs", "count", window, graphId ?? "", buckets],
    queryFn: ({ signal }) => {
      const query = { window, buckets, ...(graphId ? { graphId } : {}) };
      return answer(api.GET("/v1/runs:count", { params: { query }, signal }));
    },
  });
}

/** Ask a run to stop. */
export async function cancelRun(runId: string, reason: string): Promise<Run | undefined> {
  const { run } = await answer(
    api.POST("/v1/runs/{run_id}:cancel", {
      params: { path: { run_id: runId } },
      body: reason ? { reason } : {},
    }),
  );
  return run;
}

/** Start a run that asks for the same as another; return its id. The label says whose repetition it is. */
export async function repeatRun(runId: string, requestId: string): Promise<string> {
  const path = `/v1/runs/${encodeURIComponent(runId)}?view=RUN_VIEW_FULL`;
  const { value, spell } = readExact(await (await content(path)).text());
  const spec = specOf(value as Message<"GetRunResponse">, runId);
  const made = await answer(
    api.POST("/v1/runs", { body: { spec, requestId }, bodySerializer: spell }),
  );
  return made.run?.runId ?? "";
}

function specOf({ run }: Message<"GetRunResponse">, runId: string): RunSpec {
  const spec = run?.spec ?? {};
  return { ...spec, labels: { ...spec.labels, [RETRY_LABEL]: runId } };
}
