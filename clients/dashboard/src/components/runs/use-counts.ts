/** How many runs there are by status, and what happened of late; counted again when something happens. */
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";

import { feed } from "@/api/feed";
import { runCounts } from "@/api/runs";
import { useSession } from "@/api/session";
import { duration } from "@/components/runs/span";
import { paced } from "@/lib/paced";
import type { Window } from "@/routes/runs.search";

/** In how many parts a window is shown: parts of 20 s, 1 min, 15 min, 2 h. */
export const BUCKETS: Record<Window, number> = { "15m": 45, "1h": 60, "24h": 96, "7d": 84 };
const PACE = { soonMs: 300, restMs: 2000 };
/** A window goes on although nothing happens in it. */
const MOVES_MS = 30_000;

export function useCounts(window: Window, graph: string | undefined) {
  const client = useQueryClient();
  const { key, namespace } = useSession();
  const asked = runCounts(duration(window), graph, BUCKETS[window]);
  const queryKey = useMemo(() => ["runs", "count"], []);
  useEffect(() => {
    const again = paced(() => client.invalidateQueries({ queryKey }), PACE);
    const off = feed.listen({
      events: (events) => {
        if (events.some((event) => event.statusChanged)) again.ask();
      },
    });
    return () => {
      off();
      again.stop();
    };
  }, [client, queryKey]);
  return useQuery({
    ...asked,
    queryKey: [...asked.queryKey, key, namespace],
    placeholderData: keepPreviousData,
    refetchInterval: MOVES_MS,
  });
}
