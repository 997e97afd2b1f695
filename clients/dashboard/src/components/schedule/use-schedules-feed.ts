/** Reads schedules again when runs begin or end: a schedule's may be among them. */
import { useEffect } from "react";

import { feed } from "@/api/feed";
import { queryClient } from "@/api/query";
import { paced } from "@/lib/paced";

const PACE = { soonMs: 300, restMs: 2000 };

export function useSchedulesFeed(...keys: readonly string[]): void {
  const key = keys.join("\n");
  useEffect(() => {
    const queryKey = key.split("\n");
    const read = paced(() => queryClient.invalidateQueries({ queryKey }), PACE);
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
  }, [key]);
}
