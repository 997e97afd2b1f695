/** The live list of runs of an address; kept for who comes back to it. */
import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from "react";

import { feed } from "@/api/feed";
import { readRuns } from "@/api/runs";
import { useSession } from "@/api/session";
import { filterOf } from "@/components/runs/filter";
import { PAGE_SIZE, RunList, type ListNow } from "@/components/runs/run-list";
import { paced } from "@/lib/paced";
import type { RunsSearch } from "@/routes/runs.search";

interface Kept {
  key: string;
  list: RunList;
  filter: string;
}

const PACE = { soonMs: 150, restMs: 1000 };
/** The top is read again and again; who scrolls reads on and on. */
const OLDER_SIZE = 500;
let kept: Kept | null = null;

/** Return the list of a key: the one before, if it is the same. */
function listOf(key: string, search: RunsSearch): Kept {
  if (kept?.key === key) return kept;
  const filter = filterOf(search, Date.now());
  const list = new RunList((pageToken) =>
    readRuns(filter, pageToken, pageToken ? OLDER_SIZE : PAGE_SIZE),
  );
  kept = { key, list, filter };
  return kept;
}

export interface LiveList {
  list: RunList;
  now: ListNow;
  filter: string;
  /** Say whether new runs must not move the rows, as somebody looks at them. */
  hold: (held: boolean) => void;
  /** Read its top again. */
  refresh: () => void;
}

/** Follow the runs that match. */
export function useRunList(search: RunsSearch): LiveList {
  const held = useRef(false);
  const { key: caller, namespace } = useSession();
  // How far back the figures reach makes no other list.
  const key = JSON.stringify([caller, namespace, { ...search, window: undefined }]);
  const { list, filter } = useMemo(() => {
    const [, , parsed] = JSON.parse(key) as [string, string, RunsSearch];
    return listOf(key, parsed);
  }, [key]);
  useEffect(() => {
    const top = paced(() => list.refresh(() => held.current), PACE);
    top.ask();
    const off = feed.listen({
      events: (events) => {
        list.patch(events);
        if (events.some((event) => event.statusChanged)) top.ask();
      },
      begun: top.ask,
    });
    return () => {
      off();
      top.stop();
    };
  }, [list]);
  const hold = useCallback(
    (next: boolean) => {
      held.current = next;
      if (!next) list.show();
    },
    [list],
  );
  const refresh = useCallback(() => void list.refresh(), [list]);
  const now = useSyncExternalStore(list.subscribe, list.get);
  return { list, now, filter, hold, refresh };
}
