/** The selection of runs, and what is asked to be done to it. */
import { useCallback, useState } from "react";

import type { TickAll } from "@/components/data-row";
import type { Deed } from "@/components/runs/BulkDialog";
import type { RunList } from "@/components/runs/run-list";
import { allOrNone, NOTHING_SELECTED, ranged, toggled } from "@/components/runs/selection";
import { isCancellable, isTerminal } from "@/lib/status";

interface Asked {
  deed: Deed;
  ids: readonly string[];
  others: number;
}

export function useBulk(list: RunList) {
  const [selection, setSelection] = useState(NOTHING_SELECTED);
  const [asked, setAsked] = useState<Asked | null>(null);
  const order = useCallback(() => list.get().rows.map((run) => run.runId ?? ""), [list]);
  const onTick = useCallback(
    (id: string, range: boolean) =>
      setSelection((before) => (range ? ranged(before, id, order()) : toggled(before, id))),
    [order],
  );
  const clear = useCallback(() => setSelection(NOTHING_SELECTED), []);
  // What the list no longer holds is tried: the server knows.
  const can = (deed: Deed, id: string) => {
    const run = list.find(id);
    if (!run) return true;
    return deed === "cancel" ? isCancellable(run.status) : isTerminal(run.status);
  };
  const those = (deed: Deed, ids: readonly string[]) => ids.filter((id) => can(deed, id));
  const ask = (deed: Deed, chosen: readonly string[]) => {
    const ids = those(deed, chosen);
    if (ids.length) setAsked({ deed, ids, others: chosen.length - ids.length });
  };
  const ids = [...selection.ids];
  const shown = list.get().rows.length;
  const tickAll: TickAll = {
    state: !ids.length ? "none" : ids.length < shown ? "some" : "all",
    onTickAll: () => setSelection((before) => allOrNone(before, order())),
  };
  return {
    selection,
    order,
    onTick,
    tickAll,
    clear,
    asked,
    /** Ask to cancel what is selected, or else the row under the cursor. */
    askCancel: (cursor: string | null) => ask("cancel", ids.length ? ids : cursor ? [cursor] : []),
    close: (done: boolean) => {
      setAsked(null);
      if (done) clear();
    },
    bar: {
      selected: ids.length,
      cancellable: those("cancel", ids).length,
      repeatable: those("retry", ids).length,
      onDeed: (deed: Deed) => ask(deed, ids),
      onClear: clear,
    },
  };
}
