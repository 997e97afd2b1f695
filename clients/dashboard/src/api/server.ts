/** What server this is, and where it listens. */
import { useQuery } from "@tanstack/react-query";

import { answer, api } from "@/api/client";
import { useMay } from "@/api/identity";
import type { Message } from "@/api/types";

export type Server = Message<"Server">;

/** The server; it changes when another version is started. */
export function useServer() {
  return useQuery({
    queryKey: ["server"],
    enabled: useMay("read"),
    queryFn: async () => (await answer(api.GET("/v1/server"))).server ?? {},
    staleTime: 60_000,
  });
}
