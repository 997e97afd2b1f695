/** Who a run is and how it stands: at the top of its page whatever part of it is shown. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { SCHEDULE_LABEL } from "@/api/schedules";
import type { Run } from "@/api/types";
import { CopyButton } from "@/components/CopyButton";
import { PageHeader } from "@/components/PageHeader";
import { RunActions } from "@/components/run/RunActions";
import { StatusBadge } from "@/components/StatusBadge";
import { Duration, Timestamp } from "@/components/Timestamp";
import { isTerminal } from "@/lib/status";

const LINK = "rounded text-brand underline-offset-2 hover:underline";

export function RunHeader({ run }: { run: Run }) {
  const runId = run.runId ?? "";
  return (
    <>
      <PageHeader
        title={runId}
        mono
        above={
          <Link to="/" className={LINK}>
            Runs
          </Link>
        }
        beside={
          <>
            <CopyButton text={runId} what="the run's id" />
            <StatusBadge status={run.status} />
          </>
        }
        actions={<RunActions run={run} />}
      />
      <RunFacts run={run} />
    </>
  );
}

function RunFacts({ run }: { run: Run }) {
  const { spec = {} } = run;
  const labels = Object.entries(spec.labels ?? {});
  const schedule = spec.labels?.[SCHEDULE_LABEL];
  return (
    <dl className="flex flex-wrap gap-x-6 gap-y-2 text-[13px]">
      <Fact name="Graph">
        <Link to="/ui/graphs/$graphId" params={{ graphId: spec.graphId ?? "" }} className={LINK}>
          {spec.graphId}
        </Link>
        {Boolean(run.graphVersion) && <span className="text-soft"> v{run.graphVersion}</span>}
      </Fact>
      <Fact name="Created">
        <Timestamp time={run.createTime} />
      </Fact>
      <Fact name="Started">
        <Timestamp time={run.startTime} />
      </Fact>
      <Fact name={isTerminal(run.status) ? "Took" : "Takes so far"}>
        <Duration start={run.startTime} end={run.endTime} />
      </Fact>
      {(run.attempt ?? 0) > 1 && <Fact name="Attempt">{run.attempt}</Fact>}
      {spec.threadId && (
        <Fact name="Thread">
          <Link to="/ui/threads/$threadId" params={{ threadId: spec.threadId }} className={LINK}>
            {spec.threadId}
          </Link>
        </Fact>
      )}
      {spec.queue && <Fact name="Queue">{spec.queue}</Fact>}
      {Boolean(spec.priority) && <Fact name="Priority">{spec.priority}</Fact>}
      {spec.concurrency?.key && <Fact name="Concurrency key">{spec.concurrency.key}</Fact>}
      {schedule && (
        <Fact name="Schedule">
          <Link to="/ui/schedules/$scheduleId" params={{ scheduleId: schedule }} className={LINK}>
            {schedule}
          </Link>
        </Fact>
      )}
      {run.forkedFromRunId && (
        <Fact name="Forked from">
          <Link
            to="/ui/runs/$runId"
            params={{ runId: run.forkedFromRunId }}
            search={{ tab: "state", checkpoint: run.forkedFromCheckpointId }}
            className={LINK}
          >
            {run.forkedFromRunId}
          </Link>
        </Fact>
      )}
      {run.namespace && run.namespace !== "default" && (
        <Fact name="Namespace">{run.namespace}</Fact>
      )}
      {labels.length > 0 && (
        <Fact name="Labels">
          <span className="flex flex-wrap gap-1">
            {labels.map(([key, value]) => (
              <Link
                key={key}
                to="/"
                search={{ label: `${key}=${value}` }}
                className="max-w-64 truncate rounded bg-sunken px-1.5 font-mono text-xs leading-5 hover:underline"
              >
                {key}={value}
              </Link>
            ))}
          </span>
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0 max-w-full">
      <dt className="text-xs text-soft">{name}</dt>
      <dd className="break-all">{children}</dd>
    </div>
  );
}
