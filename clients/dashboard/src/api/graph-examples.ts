/** The graphs with an input that each takes, where only that is wanted. */
import { useQuery } from "@tanstack/react-query";

import { answer, api } from "@/api/client";
import { exampleOf } from "@/lib/example";
import { valueOf } from "@/lib/payload";

const PAGE_SIZE = 100;

/** The first hundred. */
export function useGraphExamples() {
  return useQuery({
    queryKey: ["graph-examples"],
    queryFn: async () => {
      const query = { pageSize: PAGE_SIZE };
      const { graphs = [] } = await answer(api.GET("/v1/graphs", { params: { query } }));
      return graphs.flatMap(({ graphId, inputSchema }) =>
        graphId ? [{ graphId, input: exampleOf(valueOf(inputSchema)) }] : [],
      );
    },
    staleTime: 60_000,
  });
}
