/** A short list of runs. */
import { Link } from "@tanstack/react-router";

import type { Run } from "@/api/types";
import { StatusBadge } from "@/components/StatusBadge";
import { Duration, Timestamp } from "@/components/Timestamp";

export function RunRows({ runs }: { runs: readonly Run[] }) {
  return (
    <ul aria-label="Runs">
      {runs.map((run) => (
        <li
          key={run.runId}
          className="relative grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 border-b px-4 py-2 last:border-b-0 hover:bg-sunken md:grid-cols-[8rem_minmax(0,1.5fr)_minmax(0,1.5fr)_7rem_6rem]"
        >
          <span className="order-2 md:order-none">
            <StatusBadge status={run.status} />
          </span>
          <Link
            to="/ui/runs/$runId"
            params={{ runId: run.runId ?? "" }}
            className="truncate font-mono text-[13px] outline-none after:absolute after:inset-0 focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus"
          >
            {run.runId}
          </Link>
          <span className="order-5 col-span-2 truncate text-[13px] text-danger empty:hidden md:order-none md:col-span-1 md:empty:block">
            {run.error?.message}
          </span>
          <span className="order-3 text-[13px] text-soft md:order-none">
            <Timestamp time={run.createTime} />
          </span>
          <span className="order-4 text-right text-[13px] text-soft md:order-none">
            <Duration start={run.startTime} end={run.endTime} />
          </span>
        </li>
      ))}
    </ul>
  );
}
