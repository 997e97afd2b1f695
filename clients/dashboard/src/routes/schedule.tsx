/** A schedule: when it comes, what it creates, and what it has created. */
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { CircleAlert, CirclePause } from "lucide-react";

import { CALM, useFreshAsRunsMove } from "@/api/fresh";
import { useMay } from "@/api/identity";
import { oneSchedule, SCHEDULE_LABEL, scheduleRuns } from "@/api/schedules";
import type { Schedule } from "@/api/types";
import { PageHeader } from "@/components/PageHeader";
import { PayloadView } from "@/components/PayloadView";
import { CronWords } from "@/components/schedule/CronWords";
import { catchUpWords, overlapWords } from "@/components/schedule/policy-words";
import { ScheduleActions } from "@/components/schedule/ScheduleActions";
import { ScheduleBadge } from "@/components/schedule/ScheduleBadge";
import { ScheduleForm } from "@/components/schedule/ScheduleForm";
import { Empty, Failed, Loading } from "@/components/states";
import { RunRows } from "@/components/thread/RunRows";
import { Timestamp } from "@/components/Timestamp";
import { Card, Fact, Facts } from "@/components/ui/card";
import { count } from "@/lib/numbers";
import { useScreenCalls } from "@/lib/screen-call";
import { milliseconds, spell } from "@/lib/time";

const route = getRouteApi("/ui/schedules/$scheduleId");
const LINK = "rounded text-brand underline-offset-2 hover:underline";

export default function SchedulePage() {
  const { scheduleId } = route.useParams();
  const { edit } = route.useSearch();
  const navigate = route.useNavigate();
  const may = useMay("run");
  const { data: schedule, error, refetch } = useQuery(oneSchedule(scheduleId));
  useFreshAsRunsMove(["schedule", scheduleId], CALM);
  useScreenCalls({
    rpc: "ScheduleService.GetSchedule",
    request: { scheduleId },
    cli: ["schedules", "get", scheduleId],
  });
  const leave = () => void navigate({ search: {} });
  return (
    <>
      <PageHeader
        title={scheduleId}
        mono
        above={
          <Link to="/ui/schedules" className={LINK}>
            Schedules
          </Link>
        }
        beside={schedule && <ScheduleBadge schedule={schedule} />}
        actions={schedule && !edit && <ScheduleActions schedule={schedule} />}
      />
      {error && !schedule && (
        <Failed error={error} what="load the schedule" onRetry={() => void refetch()} />
      )}
      {!error && !schedule && <Loading what="the schedule" />}
      {schedule && edit && may && (
        <Card title="Change the schedule">
          <ScheduleForm before={schedule} onDone={leave} onLeave={leave} />
        </Card>
      )}
      {schedule && !edit && <Whole schedule={schedule} />}
    </>
  );
}

function Whole({ schedule }: { schedule: Schedule }) {
  return (
    <>
      <Notices schedule={schedule} />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-2">
        <When schedule={schedule} />
        <What schedule={schedule} />
      </div>
      <Runs scheduleId={schedule.scheduleId} />
    </>
  );
}

function Notices({ schedule }: { schedule: Schedule }) {
  const { errorMessage, paused, pauseReason } = schedule;
  return (
    <>
      {errorMessage && (
        <section
          aria-label="What is wrong"
          className="flex gap-3 rounded-lg border border-danger/50 bg-danger-soft px-4 py-3 text-sm"
        >
          <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-danger" />
          <p className="min-w-0 break-words">The last run could not be created: {errorMessage}</p>
        </section>
      )}
      {paused && (
        <section
          aria-label="Paused"
          className="flex gap-3 rounded-lg border bg-sunken px-4 py-3 text-sm"
        >
          <CirclePause aria-hidden className="mt-0.5 size-4 shrink-0 text-soft" />
          <p className="min-w-0 break-words">
            It is paused{pauseReason ? `: ${pauseReason}` : " and creates no runs."}
          </p>
        </section>
      )}
    </>
  );
}

function When({ schedule }: { schedule: Schedule }) {
  return (
    <Card title="When">
      <div className="grid gap-4">
        <div className="text-base">
          <CronWords cron={schedule.cron} />
        </div>
        <Facts>
          <Fact name="Time zone">{schedule.timeZone || "UTC"}</Fact>
          <Fact name="While another runs">{overlapWords(schedule.overlapPolicy)}</Fact>
          <Fact name="Missed times">{catchUpWords(schedule.catchUpPolicy)}</Fact>
          <Fact name="Count for">{spell(milliseconds(schedule.catchUpWindow))}</Fact>
          <Fact name="Times without a run">{count(schedule.skippedCount ?? 0)}</Fact>
          <Fact name="Ends">
            {schedule.endTime ? <Timestamp time={schedule.endTime} /> : "never"}
          </Fact>
        </Facts>
        <NextTimes schedule={schedule} />
      </div>
    </Card>
  );
}

function NextTimes({ schedule }: { schedule: Schedule }) {
  const times = schedule.nextTimes ?? [];
  if (!times.length) return <p className="text-[13px] text-soft">Nothing comes next.</p>;
  const there = new Intl.DateTimeFormat("en-GB", {
    timeZone: schedule.timeZone || "UTC",
    dateStyle: "medium",
    timeStyle: "short",
  });
  return (
    <ol aria-label="Next times" className="grid gap-1 text-[13px]">
      {times.map((time) => (
        <li key={time} className="flex justify-between gap-4">
          <span className="tabular-nums">{there.format(new Date(time))}</span>
          <span className="text-soft">
            <Timestamp time={time} />
          </span>
        </li>
      ))}
    </ol>
  );
}

function What({ schedule }: { schedule: Schedule }) {
  const { spec } = schedule;
  const labels = Object.entries(spec.labels ?? {});
  return (
    <Card title="What it creates">
      <div className="grid min-w-0 gap-4">
        <Facts>
          <Fact name="Graph">
            <Link
              to="/ui/graphs/$graphId"
              params={{ graphId: spec.graphId ?? "" }}
              className={LINK}
            >
              {spec.graphId}
            </Link>
          </Fact>
          {spec.threadId && (
            <Fact name="Thread">
              <Link
                to="/ui/threads/$threadId"
                params={{ threadId: spec.threadId }}
                className={LINK}
              >
                {spec.threadId}
              </Link>
            </Fact>
          )}
          {labels.map(([key, value]) => (
            <Fact key={key} name={key}>
              {value}
            </Fact>
          ))}
        </Facts>
        <PayloadView payload={spec.input} label="Input" maxHeight="16rem" />
      </div>
    </Card>
  );
}

function Runs({ scheduleId }: { scheduleId: string }) {
  const { data, error, refetch } = useQuery(scheduleRuns(scheduleId));
  return (
    <Card
      title="Its runs"
      flush
      actions={
        <Link
          to="/"
          search={{ label: `${SCHEDULE_LABEL}=${scheduleId}` }}
          className={`text-[13px] ${LINK}`}
        >
          All of them
        </Link>
      }
    >
      {error && !data && (
        <Failed error={error} what="load its runs" onRetry={() => void refetch()} />
      )}
      {!error && !data && <Loading what="its runs" />}
      {data?.length === 0 && <Empty title="It has created no runs yet" />}
      {data && data.length > 0 && <RunRows runs={data} />}
    </Card>
  );
}
