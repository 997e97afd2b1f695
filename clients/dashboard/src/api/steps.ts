/** The steps of a run, by ListSteps: what a view needs where events were removed. */
import { useQuery } from "@tanstack/react-query";

import { answer, api } from "@/api/client";
import type { Step } from "@/api/types";

const PAGE_SIZE = 1000;
const MOST = 20_000;

/** The steps of a run, as long as they are wanted; beyond 20,000 the rest is left out. */
export function useSteps(runId: string, wanted: boolean) {
  return useQuery({
    queryKey: ["run", runId, "steps"],
    queryFn: async ({ signal }): Promise<Step[]> => {
      const found: Step[] = [];
      let pageToken = "";
      do {
        const params = { path: { run_id: runId }, query: { pageSize: PAGE_SIZE, pageToken } };
        const page = await answer(api.GET("/v1/runs/{run_id}/steps", { params, signal }));
        found.push(...(page.steps ?? []));
        pageToken = page.nextPageToken ?? "";
      } while (pageToken && found.length < MOST);
      return found;
    },
    enabled: wanted,
  });
}
