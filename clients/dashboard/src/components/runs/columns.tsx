/** What the table of runs tells of a run. */
import { Link } from "@tanstack/react-router";
import type { ColumnDef } from "@tanstack/react-table";

import type { Run } from "@/api/types";
import { Marks } from "@/components/runs/Marks";
import { StatusBadge } from "@/components/StatusBadge";
import { Duration, Timestamp } from "@/components/Timestamp";

/** The ids that the server makes begin with the time: their ends tell them apart. */
const TAIL = 6;

/** The run's id, as a link that the whole row is. */
export function RunLink({ run }: { run: Run }) {
  const id = run.runId ?? "";
  return (
    <Link
      to="/ui/runs/$runId"
      params={{ runId: id }}
      data-open
      title={id}
      className="flex font-mono text-[13px] outline-none after:absolute after:inset-0 focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus"
    >
      <span className="truncate">{id.slice(0, -TAIL)}</span>
      <span className="shrink-0">{id.slice(-TAIL)}</span>
    </Link>
  );
}

/** What every failure begins with takes the room of what it was. */
function brief(words: string): string {
  return words.replace(/^node '([^']+)' failed: /, "$1: ");
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
      {brief(words) || more}
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
    meta: { track: "minmax(6rem, 1.1fr)" },
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
    meta: { track: "6.25rem" },
    cell: ({ row }) => <Timestamp time={row.original.createTime} />,
  },
  {
    id: "duration",
    header: "Duration",
    meta: { track: "5.25rem" },
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
    meta: { track: "minmax(6rem, 1.9fr)" },
    cell: ({ row }) => <Trouble run={row.original} />,
  },
];

/** The same in two lines, where there is no room for columns. */
export function RunCard({ run }: { run: Run }) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-1">
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
