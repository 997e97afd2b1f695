/** What of the pages of schedules stands in their addresses. */
export interface SchedulesSearch {
  /** A form for another one is shown. */
  make?: boolean;
}

export interface ScheduleSearch {
  /** A form to change it is shown. */
  edit?: boolean;
}

export function schedulesSearch(search: Record<string, unknown>): SchedulesSearch {
  return { make: search["make"] === true || undefined };
}

export function scheduleSearch(search: Record<string, unknown>): ScheduleSearch {
  return { edit: search["edit"] === true || undefined };
}
