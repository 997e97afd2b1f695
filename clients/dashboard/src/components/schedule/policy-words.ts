/** What a schedule's policies are called. */
import type { CatchUp, Overlap } from "@/api/schedules";

export const OVERLAPS: readonly (readonly [Overlap, string])[] = [
  ["OVERLAP_POLICY_SKIP", "skip the time"],
  ["OVERLAP_POLICY_BUFFER_ONE", "wait, one run at most"],
  ["OVERLAP_POLICY_ALLOW", "run beside it"],
  ["OVERLAP_POLICY_CANCEL_OTHER", "cancel the other"],
];

export const CATCH_UPS: readonly (readonly [CatchUp, string])[] = [
  ["CATCH_UP_POLICY_LATEST", "run the latest"],
  ["CATCH_UP_POLICY_ALL", "run each of them"],
  ["CATCH_UP_POLICY_NONE", "leave them out"],
];

export function overlapWords(policy: Overlap | undefined): string {
  return OVERLAPS.find(([each]) => each === policy)?.[1] ?? "skip the time";
}

export function catchUpWords(policy: CatchUp | undefined): string {
  return CATCH_UPS.find(([each]) => each === policy)?.[1] ?? "run the latest";
}
