/** The cache of answers, and when calls are made again. */
import { QueryClient } from "@tanstack/react-query";

import { connection } from "@/api/connection";
import { asApiError } from "@/api/errors";
import { subscribe } from "@/api/session";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      // A server that restarts is back in seconds; what is refused stays refused.
      retry: (failures, error) => asApiError(error).temporary && failures < 8,
      retryDelay: (failures) => Math.min(250 * 2 ** failures, 5_000),
      // The browser's idea of being online says nothing about a server on this machine.
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

// What a server that was away could not answer is asked for again, and what may have changed.
let away = false;
connection.subscribe(() => {
  const now = connection.get();
  if (now === "live" && away) void queryClient.invalidateQueries();
  away = now === "lost" || (away && now !== "live");
});

// What one caller was told in one namespace is not shown to another, or in another.
subscribe(() => queryClient.clear());
