/** Schedules: what makes runs at set times. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";

import { answer, api } from "@/api/client";
import { queryClient } from "@/api/query";
import type { Message, Run, Schedule } from "@/api/types";

export type Overlap = Message<"OverlapPolicy">;
export type CatchUp = Message<"CatchUpPolicy">;

const PAGE = 100;
/** Label of a run that a schedule made: the schedule's id. */
export const SCHEDULE_LABEL = "runwire.schedule";
/** What a form changes of a schedule that is there. */
const MASK = "cron,timeZone,spec,overlapPolicy,catchUpPolicy,catchUpWindow,endTime";

export const schedules = infiniteQueryOptions({
  queryKey: ["schedules"],
  initialPageParam: "",
  queryFn: ({ pageParam, signal }) => {
    const query = { pageSize: PAGE, ...(pageParam ? { pageToken: pageParam } : {}) };
    return answer(api.GET("/v1/schedules", { params: { query }, signal }));
  },
  getNextPageParam: (page) => page.nextPageToken || undefined,
});

export function oneSchedule(scheduleId: string) {
  return queryOptions({
    queryKey: ["schedule", scheduleId],
    queryFn: async ({ signal }): Promise<Schedule | null> => {
      const params = { path: { schedule_id: scheduleId } };
      const call = api.GET("/v1/schedules/{schedule_id}", { params, signal });
      return (await answer(call)).schedule ?? null;
    },
  });
}

export async function createSchedule(schedule: Schedule): Promise<void> {
  await answer(api.POST("/v1/schedules", { body: { schedule } }));
  told(schedule.scheduleId);
}

/** Change a schedule; refused if it is no longer the one that was read, by its etag. */
export async function updateSchedule(schedule: Schedule): Promise<void> {
  const { scheduleId, ...body } = schedule;
  const params = { path: { schedule_id: scheduleId }, query: { updateMask: MASK } };
  await answer(api.PATCH("/v1/schedules/{schedule_id}", { params, body }));
  told(scheduleId);
}

export async function pauseSchedule(scheduleId: string, reason: string): Promise<void> {
  const params = { path: { schedule_id: scheduleId } };
  const body = reason ? { reason } : {};
  await answer(api.POST("/v1/schedules/{schedule_id}:pause", { params, body }));
  told(scheduleId);
}

export async function unpauseSchedule(scheduleId: string): Promise<void> {
  const params = { path: { schedule_id: scheduleId } };
  await answer(api.POST("/v1/schedules/{schedule_id}:unpause", { params, body: {} }));
  told(scheduleId);
}

export async function triggerSchedule(scheduleId: string): Promise<Run> {
  const params = { path: { schedule_id: scheduleId } };
  const { run = {} } = await answer(
    api.POST("/v1/schedules/{schedule_id}:trigger", { params, body: {} }),
  );
  told(scheduleId);
  return run;
}

export async function deleteSchedule(scheduleId: string): Promise<void> {
  const params = { path: { schedule_id: scheduleId } };
  await answer(api.DELETE("/v1/schedules/{schedule_id}", { params }));
  queryClient.removeQueries({ queryKey: ["schedule", scheduleId] });
  void queryClient.invalidateQueries({ queryKey: ["schedules"] });
}

/** The runs that it made, newest first. */
export function scheduleRuns(scheduleId: string) {
  return queryOptions({
    queryKey: ["schedule", scheduleId, "runs"],
    queryFn: async ({ signal }): Promise<readonly Run[]> => {
      const query = { pageSize: 20, filter: `labels.${SCHEDULE_LABEL} = "${scheduleId}"` };
      return (await answer(api.GET("/v1/runs", { params: { query }, signal }))).runs ?? [];
    },
  });
}

function told(scheduleId: string): void {
  void queryClient.invalidateQueries({ queryKey: ["schedule", scheduleId] });
  void queryClient.invalidateQueries({ queryKey: ["schedules"] });
}
