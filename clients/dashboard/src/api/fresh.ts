/** Reads lists again when runs begin or end, which may have changed what they show. */
import { useEffect } from "react";

import { feed } from "@/api/feed";
import { queryClient } from "@/api/query";
import { paced, type Pace } from "@/lib/paced";

/** For what people wait for. */
export const PROMPT: Pace = { soonMs: 120, restMs: 700 };
/** For what changes beside it. */
export const CALM: Pace = { soonMs: 300, restMs: 2000 };

/** Ask again for what stands under a key, at the given pace, however many runs move. */
export function useFreshAsRunsMove(queryKey: readonly string[], pace: Pace): void {
  const key = queryKey.join("\n");
  useEffect(() => {
    const read = paced(() => queryClient.invalidateQueries({ queryKey: key.split("\n") }), pace);
    const off = feed.listen({
      events: (events) => {
        if (events.some((event) => event.statusChanged)) read.ask();
      },
      begun: read.ask,
    });
    return () => {
      off();
      read.stop();
    };
  }, [key, pace]);
}
