/** Reads what belongs to threads again when something happens to their runs. */
import { useEffect, useRef } from "react";

import { feed } from "@/api/feed";
import { PROMPT } from "@/api/fresh";
import { queryClient } from "@/api/query";
import { paced } from "@/lib/paced";

/** Events name their run and not its thread: known runs are this thread's, new ones may be. */
export function useThreadFeed(threadId: string, known: ReadonlySet<string>): void {
  const mine = useRef(known);
  useEffect(() => {
    const more = [...known].some((runId) => !mine.current.has(runId));
    mine.current = known;
    // A run may have ended before anybody here knew that it is this thread's.
    if (more) void queryClient.invalidateQueries({ queryKey: ["thread", threadId] });
  }, [known, threadId]);
  useEffect(() => {
    const runs = paced(
      () => queryClient.invalidateQueries({ queryKey: ["thread", threadId, "runs"] }),
      PROMPT,
    );
    const all = paced(
      () => queryClient.invalidateQueries({ queryKey: ["thread", threadId] }),
      PROMPT,
    );
    const off = feed.listen({
      events: (events) => {
        for (const { statusChanged, runId = "" } of events) {
          if (!statusChanged) continue;
          if (mine.current.has(runId)) all.ask();
          else if (statusChanged.toStatus === "RUN_STATUS_QUEUED") runs.ask();
        }
      },
      begun: all.ask,
    });
    return () => {
      off();
      runs.stop();
      all.stop();
    };
  }, [threadId]);
}
