/** The graphs that a run can be started of. */
import { queryOptions } from "@tanstack/react-query";

import { answer, api } from "@/api/client";
import type { Graph } from "@/api/types";

const PAGE = 1000;

export function startableGraphs() {
  return queryOptions({
    queryKey: ["graphs", "startable"],
    queryFn: async ({ signal }): Promise<readonly Graph[]> => {
      const params = { query: { pageSize: PAGE } };
      return (await answer(api.GET("/v1/graphs", { params, signal }))).graphs ?? [];
    },
  });
}

/** Whether it is LangGraph's: then it has assistants and threads, and may go on without an input. */
export function isThreaded(graph: Graph | undefined): boolean {
  return graph?.kind === "GRAPH_KIND_LANGGRAPH";
}
