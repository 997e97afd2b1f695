/** The ids of the graphs, where only they are wanted. */
import { useQuery } from "@tanstack/react-query";

import { answer, api } from "@/api/client";

const PAGE_SIZE = 100;

/** The first hundred. */
export function useGraphIds() {
  return useQuery({
    queryKey: ["graph-ids"],
    queryFn: async () => {
      const query = { pageSize: PAGE_SIZE };
      const { graphs = [] } = await answer(api.GET("/v1/graphs", { params: { query } }));
      return graphs.flatMap(({ graphId }) => (graphId ? [graphId] : []));
    },
    staleTime: 60_000,
  });
}
