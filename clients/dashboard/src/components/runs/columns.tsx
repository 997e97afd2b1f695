/** What the table of runs tells of a run. */
import { Link } from "@tanstack/react-router";
import type { ColumnDef } from "@tanstack/react-table";

import type { Run } from "@/api/types";
import { Marks } from "@/components/runs/Marks";
import { StatusBadge } from "@/components/StatusBadge";
import { Duration, Timestamp } from "@/components/Timestamp";

/** The run's id, as a link that the whole row is. */
export function RunLink({ run }: { run: Run }) {
  return (
    <Link
      to="/ui/runs/$runId"
      params={{ runId: run.runId ?? "" }}
      data-open
      title={run.runId}
      className="block truncate font-mono text-[13px] outline-none after:absolute after:inset-0 focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus"
    >
      {run.runId}
    </Link>
  );
}

/** In one line why a run failed, or what it waits for. */
export function Trouble({ run }: { run: Run }) {
  const asks = run.status === "RUN_STATUS_INTERRUPTED" && run.interrupts?.[0]?.node;
  const crashes = run.crashes?.length ?? 0;
  const words = run.error?.message ?? (asks ? `asked by ${asks}` : "");
  const more = crashes && !words ? `${crashes} worker ${crashes > 1 ? "crashes" : "crash"}` : "";
  if (!words && !more) return null;
  return (
    <span
      title={words || more}
      className={`block truncate text-[13px] ${run.error ? "text-danger" : "text-soft"}`}
    >
      {words || more}
    </span>
  );
}

export const COLUMNS: ColumnDef<Run>[] = [
  {
    id: "status",
    header: "Status",
    meta: { track: "7.25rem" },
    cell: ({ row }) => <StatusBadge status={row.original.status} />,
  },
  {
    id: "run",
    header: "Run",
    meta: { track: "minmax(7rem, 1.5fr)" },
    cell: ({ row }) => <RunLink run={row.original} />,
  },
  {
    id: "graph",
    header: "Graph",
    meta: { track: "minmax(6rem, 1fr)" },
    cell: ({ row: { original } }) => {
      const graph = original.spec?.graphId || original.spec?.assistantId;
      return (
        <span title={graph} className="block truncate">
          {graph}
        </span>
      );
    },
  },
  {
    id: "created",
    header: "Created",
    meta: { track: "6.5rem" },
    cell: ({ row }) => <Timestamp time={row.original.createTime} />,
  },
  {
    id: "duration",
    header: "Duration",
    meta: { track: "6rem" },
    cell: ({ row: { original } }) => <Duration start={original.startTime} end={original.endTime} />,
  },
  {
    id: "marks",
    header: "Labels, thread, queue",
    meta: { track: "minmax(6rem, 1.6fr)" },
    cell: ({ row }) => <Marks run={row.original} />,
  },
  {
    id: "error",
    header: "Error",
    meta: { track: "minmax(6rem, 1.6fr)" },
    cell: ({ row }) => <Trouble run={row.original} />,
  },
];

/** The same in two lines, where there is no room for columns. */
export function RunCard({ run }: { run: Run }) {
  return (
    <div className="grid gap-1">
      <div className="flex items-center gap-2">
        <StatusBadge status={run.status} />
        <span className="min-w-0 truncate">{run.spec?.graphId || run.spec?.assistantId}</span>
        <span className="ml-auto shrink-0 text-[13px] text-soft">
          <Duration start={run.startTime} end={run.endTime} />
        </span>
      </div>
      <div className="flex items-center gap-2 text-[13px] text-soft">
        <div className="min-w-0 flex-1">
          {run.error ? (
            <>
              <span className="sr-only">
                <RunLink run={run} />
              </span>
              <Trouble run={run} />
            </>
          ) : (
            <RunLink run={run} />
          )}
        </div>
        <Timestamp time={run.createTime} />
      </div>
    </div>
  );
}
