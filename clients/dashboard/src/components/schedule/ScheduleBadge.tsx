/** Whether a schedule creates runs. */
import type { Schedule } from "@/api/types";
import { ToneBadge } from "@/components/StatusBadge";

export function ScheduleBadge({ schedule }: { schedule: Schedule }) {
  if (schedule.errorMessage) return <ToneBadge tone="failed">error</ToneBadge>;
  if (schedule.paused) return <ToneBadge tone="cancelled">paused</ToneBadge>;
  if (!schedule.nextTimes?.length) return <ToneBadge tone="queued">ended</ToneBadge>;
  return <ToneBadge tone="succeeded">active</ToneBadge>;
}
