/** A graph of the server with an input that it takes: for examples that work as they stand. */
import { useQuery } from "@tanstack/react-query";

import { answer, api } from "@/api/client";
import { exampleOf } from "@/lib/example";
import { valueOf } from "@/lib/payload";

export interface GraphExample {
  graphId: string;
  input: unknown;
}

/** The first graph; null where there is none. */
export function useGraphExample() {
  return useQuery({ queryKey: ["graph-example"], queryFn: read, staleTime: 60_000 });
}

/** Lists of graphs leave schemas out, so one is asked for by itself. */
async function read(): Promise<GraphExample | null> {
  const { graphs = [] } = await answer(
    api.GET("/v1/graphs", { params: { query: { pageSize: 1 } } }),
  );
  const graphId = graphs[0]?.graphId;
  if (!graphId) return null;
  const path = { graph_id: graphId };
  const { graph } = await answer(api.GET("/v1/graphs/{graph_id}", { params: { path } }));
  return { graphId, input: exampleOf(valueOf(graph?.inputSchema)) };
}
