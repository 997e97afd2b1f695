/** The table of runs: live at its top, and as long as somebody scrolls. */
import { ArrowUp } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";

import { useMay } from "@/api/identity";
import type { Run } from "@/api/types";
import { DataTable, type TableHandle } from "@/components/DataTable";
import { BulkBar } from "@/components/runs/BulkBar";
import { BulkDialog } from "@/components/runs/BulkDialog";
import { COLUMNS, RunCard } from "@/components/runs/columns";
import { NoMatch, NoRunsYet } from "@/components/runs/NoRuns";
import { MAX_EMPTY, type ListNow } from "@/components/runs/run-list";
import { useBulk } from "@/components/runs/use-bulk";
import { useRowKeys } from "@/components/runs/use-row-keys";
import type { LiveList } from "@/components/runs/use-run-list";
import { Failed, Loading } from "@/components/states";
import { Button } from "@/components/ui/button";
import { asApiError } from "@/api/errors";
import { useNarrow } from "@/lib/media";
import { count } from "@/lib/numbers";
import type { RunsSearch } from "@/routes/runs.search";

interface Props {
  live: LiveList;
  search: RunsSearch;
  onClear: () => void;
}

const ROW = 40;
const CARD = 68;
const rowId = (run: Run) => run.runId ?? "";
const card = (run: Run) => <RunCard run={run} />;

export function RunsTable({ live, search, onClear }: Props) {
  const { list, now, filter, hold, refresh } = live;
  const narrow = useNarrow();
  const mayRun = useMay("run");
  const table = useRef<TableHandle>(null);
  const [top, setTop] = useState(true);
  const [end, setEnd] = useState(true);
  const bulk = useBulk(list);
  const keys = useRowKeys({
    ids: bulk.order,
    show: (index) => table.current?.show(index),
    onTick: bulk.onTick,
    onCancel: bulk.askCancel,
    onClear: bulk.clear,
    mayRun,
  });
  const { selection } = bulk;
  // Nothing moves under somebody who has scrolled, or chosen rows.
  const held = !top || selection.ids.size > 0 || keys.cursor !== null;
  useEffect(() => hold(held), [hold, held]);
  const wanted = now.hasMore && (end || !now.rows.length) && !now.loadingMore && !now.error;
  const searching = wanted && now.emptyPages < MAX_EMPTY;
  useEffect(() => {
    if (searching) void list.more();
  }, [list, searching, now.rows]);
  const { status } = search;
  const faded = useCallback(
    (run: Run) => Boolean(status && run.status && !status.includes(run.status)),
    [status],
  );
  const clearAll = () => {
    bulk.clear();
    keys.clear();
  };
  if (now.pending) return <Loading what="the runs" rows={10} className="rounded-lg border" />;
  if (now.error && !now.rows.length)
    return <Failed error={now.error} what="load the runs" onRetry={refresh} />;
  if (!now.rows.length && !filter && !now.hasMore) return <NoRunsYet />;
  if (!now.rows.length)
    return (
      <NoMatch
        hasMore={now.hasMore}
        searching={searching || now.loadingMore}
        onMore={() => list.goOn()}
        onClear={onClear}
      />
    );
  return (
    <>
      <div className="relative rounded-lg border bg-panel">
        <FreshRuns
          now={now}
          onShow={() => {
            clearAll();
            table.current?.toTop();
            list.show();
          }}
        />
        <DataTable
          label="Runs"
          rows={now.rows}
          rowId={rowId}
          columns={COLUMNS}
          rowHeight={narrow ? CARD : ROW}
          card={narrow ? card : undefined}
          selected={selection.ids}
          onTick={mayRun ? bulk.onTick : undefined}
          tickAll={mayRun ? bulk.tickAll : undefined}
          cursor={keys.cursor}
          faded={faded}
          handle={table}
          onTop={setTop}
          onEnd={setEnd}
        />
        <Below live={live} />
      </div>
      {mayRun && <BulkBar {...bulk.bar} />}
      {bulk.asked && <BulkDialog key={bulk.asked.deed} {...bulk.asked} onClose={bulk.close} />}
    </>
  );
}

function FreshRuns({ now, onShow }: { now: ListNow; onShow: () => void }) {
  const words = `${count(now.fresh)}${now.freshMore ? "+" : ""} new ${now.fresh === 1 ? "run" : "runs"}`;
  return (
    <div role="status" className="sticky top-11 z-30 flex h-0 justify-center">
      {now.fresh > 0 && (
        <Button
          size="sm"
          variant="primary"
          className="mt-11 rounded-full shadow-lg"
          onClick={onShow}
        >
          <ArrowUp aria-hidden />
          {words}
        </Button>
      )}
    </div>
  );
}

/** What stands below the last row: that more is coming, could not come, or is there to be looked for. */
function Below({ live: { list, now, refresh } }: { live: LiveList }) {
  if (now.error)
    return (
      <p role="alert" className="flex flex-wrap items-center gap-3 px-4 py-3 text-sm text-danger">
        {asApiError(now.error).message}
        <Button size="sm" onClick={refresh}>
          Try again
        </Button>
      </p>
    );
  if (now.hasMore && now.emptyPages >= MAX_EMPTY)
    return (
      <div className="flex justify-center p-3">
        <Button size="sm" onClick={() => list.goOn()}>
          Look at older runs
        </Button>
      </div>
    );
  if (!now.hasMore) return null;
  return (
    <p role="status" className="px-4 py-3 text-center text-[13px] text-soft">
      Loading older runs…
    </p>
  );
}
