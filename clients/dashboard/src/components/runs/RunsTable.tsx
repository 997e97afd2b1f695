/** The table of runs. */
import { useCallback, useRef, useState } from "react";

import { useMay } from "@/api/identity";
import type { Run } from "@/api/types";
import { DataTable, type TableHandle } from "@/components/DataTable";
import { COLUMNS, RunCard } from "@/components/runs/columns";
import { allOrNone, NOTHING_SELECTED, ranged, toggled } from "@/components/runs/selection";
import { useRunList } from "@/components/runs/use-run-list";
import { Failed, Loading } from "@/components/states";
import { useNarrow } from "@/lib/media";
import type { RunsSearch } from "@/routes/runs.search";

const rowId = (run: Run) => run.runId ?? "";
const card = (run: Run) => <RunCard run={run} />;

export function RunsTable({ search }: { search: RunsSearch }) {
  const atTop = useRef(true);
  const { list, now, refresh } = useRunList(search, atTop);
  const narrow = useNarrow();
  const mayRun = useMay("run");
  const table = useRef<TableHandle>(null);
  const [selection, setSelection] = useState(NOTHING_SELECTED);
  const onTop = useCallback((top: boolean) => {
    atTop.current = top;
  }, []);
  const onEnd = useCallback(() => void list.more(), [list]);
  const onTick = useCallback(
    (id: string, shift: boolean) =>
      setSelection((before) =>
        shift ? ranged(before, id, list.get().rows.map(rowId)) : toggled(before, id),
      ),
    [list],
  );
  if (now.pending) return <Loading what="the runs" rows={10} />;
  if (now.error && !now.rows.length)
    return <Failed error={now.error} what="load the runs" onRetry={refresh} />;
  const state = !selection.ids.size
    ? "none"
    : selection.ids.size < now.rows.length
      ? "some"
      : "all";
  return (
    <div className="rounded-lg border bg-panel">
      <DataTable
        label="Runs"
        rows={now.rows}
        rowId={rowId}
        columns={COLUMNS}
        rowHeight={narrow ? 68 : 40}
        card={narrow ? card : undefined}
        selected={selection.ids}
        onTick={mayRun ? onTick : undefined}
        tickAll={
          mayRun
            ? {
                state,
                onTickAll: () => setSelection((before) => allOrNone(before, now.rows.map(rowId))),
              }
            : undefined
        }
        handle={table}
        onTop={onTop}
        onEnd={onEnd}
      />
    </div>
  );
}
