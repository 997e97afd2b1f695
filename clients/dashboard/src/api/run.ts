/** One run with its input and output, and its steps: what a watch does not tell. */
import { useQuery } from "@tanstack/react-query";

import { answer, api } from "@/api/client";
import type { Run, RunStatus, Step } from "@/api/types";
import { isTerminal } from "@/lib/status";

/** Statuses in which a run's whole view is worth reading again. */
const settled = (status: RunStatus | undefined): string =>
  isTerminal(status) || status === "RUN_STATUS_INTERRUPTED" ? (status ?? "") : "moving";

/** Read a run with its input and output; again when it ends or asks something. */
export function useWholeRun(runId: string, status: RunStatus | undefined) {
  return useQuery({
    queryKey: ["run", runId, "whole", settled(status)],
    queryFn: async ({ signal }): Promise<Run> => {
      const path = { run_id: runId };
      const call = api.GET("/v1/runs/{run_id}", { params: { path }, signal });
      return (await answer(call)).run ?? {};
    },
    placeholderData: (before) => before,
  });
}

const PAGE = 1000;
const MOST_STEPS = 20_000;

/** Read the steps of a run, 20,000 at most; `wanted` where its events do not tell them all. */
export function useSteps(runId: string, wanted: boolean) {
  return useQuery({
    queryKey: ["run", runId, "steps"],
    enabled: wanted,
    queryFn: async ({ signal }): Promise<Step[]> => {
      const steps: Step[] = [];
      let pageToken = "";
      do {
        const params = { path: { run_id: runId }, query: { pageSize: PAGE, pageToken } };
        const page = await answer(api.GET("/v1/runs/{run_id}/steps", { params, signal }));
        steps.push(...(page.steps ?? []));
        pageToken = page.nextPageToken ?? "";
      } while (pageToken && steps.length < MOST_STEPS);
      return steps;
    },
  });
}
