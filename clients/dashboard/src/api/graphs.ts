/** Graphs and tools: what there is, and what changes them. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";

import { answer, api } from "@/api/client";
import type { Graph, Message, Tool } from "@/api/types";

const PAGE_SIZE = 100;
const MOST_TOOLS = 5_000;

/** All graphs, by id, page by page; without schemas and definitions. */
export function useGraphs() {
  return useInfiniteQuery({
    queryKey: ["graphs"],
    queryFn: ({ pageParam, signal }) => {
      const query = { pageSize: PAGE_SIZE, pageToken: pageParam };
      return answer(api.GET("/v1/graphs", { params: { query }, signal }));
    },
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });
}

/** One graph with its schemas; the newest version where none is named. */
export function useGraph(graphId: string, version = 0) {
  return useQuery({
    queryKey: ["graph", graphId, version],
    queryFn: async ({ signal }): Promise<Graph> => {
      const params = { path: { graph_id: graphId }, query: { version } };
      return (await answer(api.GET("/v1/graphs/{graph_id}", { params, signal }))).graph ?? {};
    },
    enabled: graphId !== "",
    // A version never changes, and what is in Python changes when a server starts.
    staleTime: version ? Number.POSITIVE_INFINITY : 10_000,
  });
}

/** The tools that JSON graphs can call, by name. */
export function useTools() {
  return useQuery({
    queryKey: ["tools"],
    queryFn: async ({ signal }): Promise<Tool[]> => {
      const found: Tool[] = [];
      let pageToken = "";
      do {
        const query = { pageSize: 1000, pageToken };
        const page = await answer(api.GET("/v1/tools", { params: { query }, signal }));
        found.push(...(page.tools ?? []));
        pageToken = page.nextPageToken ?? "";
      } while (pageToken && found.length < MOST_TOOLS);
      return found;
    },
    staleTime: 30_000,
  });
}

/** How many runs of a graph there are, by status. */
export function useGraphCounts(graphId: string) {
  return useQuery({
    queryKey: ["runs", "count", graphId],
    queryFn: async ({ signal }): Promise<Message<"StatusCount">[]> => {
      const params = { query: { graphId } };
      return (await answer(api.GET("/v1/runs:count", { params, signal }))).statuses ?? [];
    },
    staleTime: 10_000,
    retry: false,
  });
}

/** Have the server check a definition; throws what is wrong, with its places. */
export async function checkDefinition(definition: unknown, signal?: AbortSignal): Promise<Graph> {
  const body = { definition: { json: definition }, validateOnly: true };
  return (await answer(api.POST("/v1/graphs", { body, signal }))).graph ?? {};
}

/** Store a definition: the next version of its graph. */
export function useSaveGraph() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (definition: unknown): Promise<Graph> => {
      const body = { definition: { json: definition } };
      return (await answer(api.POST("/v1/graphs", { body }))).graph ?? {};
    },
    onSuccess: (graph) => {
      void client.invalidateQueries({ queryKey: ["graphs"] });
      void client.invalidateQueries({ queryKey: ["graph", graph.graphId] });
    },
  });
}

/** Delete every version of a JSON graph. */
export function useDeleteGraph() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (graphId: string) => {
      const params = { path: { graph_id: graphId } };
      await answer(api.DELETE("/v1/graphs/{graph_id}", { params }));
    },
    onSuccess: () => void client.invalidateQueries({ queryKey: ["graphs"] }),
  });
}
