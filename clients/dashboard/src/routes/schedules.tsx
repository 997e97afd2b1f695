/** Schedules: what makes runs at set times. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { CalendarClock, Plus } from "lucide-react";

import { CALM, useFreshAsRunsMove } from "@/api/fresh";
import { useMay } from "@/api/identity";
import { schedules } from "@/api/schedules";
import type { Schedule } from "@/api/types";
import { More } from "@/components/More";
import { PageHeader } from "@/components/PageHeader";
import { CronWords } from "@/components/schedule/CronWords";
import { ScheduleBadge } from "@/components/schedule/ScheduleBadge";
import { ScheduleForm } from "@/components/schedule/ScheduleForm";
import { Empty, Failed, Loading } from "@/components/states";
import { Timestamp } from "@/components/Timestamp";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { useScreenCalls } from "@/lib/screen-call";
import { useShortcut } from "@/lib/shortcuts";

const route = getRouteApi("/ui/schedules");

export default function SchedulesPage() {
  const { make } = route.useSearch();
  const navigate = route.useNavigate();
  const may = useMay("run");
  const list = useInfiniteQuery(schedules);
  useFreshAsRunsMove(["schedules"], CALM);
  useShortcut("shift+n", "New schedule", () => void navigate({ search: { make: true } }), may);
  useScreenCalls({
    rpc: "ScheduleService.ListSchedules",
    request: {},
    cli: ["schedules", "list"],
  });
  const all = list.data?.pages.flatMap((page) => page.schedules ?? []) ?? [];
  if (make && may)
    return (
      <>
        <PageHeader
          title="New schedule"
          above={
            <Link to="/ui/schedules" className="rounded text-brand hover:underline">
              Schedules
            </Link>
          }
        />
        <Card>
          <ScheduleForm
            onDone={(scheduleId) =>
              void navigate({ to: "/ui/schedules/$scheduleId", params: { scheduleId } })
            }
            onLeave={() => void navigate({ search: {} })}
          />
        </Card>
      </>
    );
  return (
    <>
      <PageHeader
        title="Schedules"
        actions={
          may && (
            <Button asChild variant="primary">
              <Link to="/ui/schedules" search={{ make: true }}>
                <Plus aria-hidden />
                New schedule
              </Link>
            </Button>
          )
        }
      />
      <Card flush>
        {list.error && !list.data && (
          <Failed
            error={list.error}
            what="load the schedules"
            onRetry={() => void list.refetch()}
          />
        )}
        {list.isPending && <Loading what="schedules" />}
        {list.data && !all.length && (
          <Empty title="There are no schedules yet" icon={CalendarClock}>
            A schedule creates runs of a graph at set times, each once, also after a crash.
          </Empty>
        )}
        <ul>
          {all.map((schedule) => (
            <Row key={schedule.scheduleId} schedule={schedule} />
          ))}
        </ul>
        <More {...list} />
      </Card>
    </>
  );
}

function Row({ schedule }: { schedule: Schedule }) {
  const last = schedule.recentRuns?.[0];
  return (
    <li className="relative grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1.5 border-b px-4 py-2.5 text-[13px] last:border-b-0 hover:bg-sunken lg:grid-cols-[minmax(0,1.2fr)_minmax(0,1.6fr)_minmax(0,1fr)_8rem_8rem_7rem]">
      <Link
        to="/ui/schedules/$scheduleId"
        params={{ scheduleId: schedule.scheduleId }}
        className="truncate font-mono outline-none after:absolute after:inset-0 focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus"
      >
        {schedule.scheduleId}
      </Link>
      <span className="order-3 col-span-2 lg:order-none lg:col-span-1">
        <CronWords cron={schedule.cron} />
      </span>
      <span className="order-4 truncate text-soft lg:order-none">
        {schedule.spec.graphId} · {schedule.timeZone || "UTC"}
      </span>
      <span className="order-5 text-soft lg:order-none">
        {schedule.nextTimes?.[0] ? (
          <>
            next <Timestamp time={schedule.nextTimes[0]} />
          </>
        ) : (
          "no next time"
        )}
      </span>
      <span className="order-6 text-soft lg:order-none">
        {last ? (
          <>
            last <Timestamp time={last.createTime} />
          </>
        ) : (
          "no runs yet"
        )}
      </span>
      <span className="order-2 justify-self-end lg:order-none">
        <ScheduleBadge schedule={schedule} />
      </span>
    </li>
  );
}
