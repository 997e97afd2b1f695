/** What differs between two states, key by key. */
import type { Checkpoint, RunEvent } from "@/api/types";

export type Values = Record<string, unknown>;

export interface Change {
  key: string;
  what: "added" | "changed" | "removed";
}

/** Return the keys that differ, in the order of the newer state; those that are gone at the end. */
export function changesOf(before: Values, now: Values): readonly Change[] {
  const here = Object.keys(now).flatMap((key): Change[] => {
    if (!(key in before)) return [{ key, what: "added" }];
    return same(before[key], now[key]) ? [] : [{ key, what: "changed" }];
  });
  const gone = Object.keys(before).filter((key) => !(key in now));
  return [...here, ...gone.map((key): Change => ({ key, what: "removed" }))];
}

/** Return what of an edited state is to be sent: only the keys that differ, with their new values. */
export function updateOf(before: Values, edited: Values): Values {
  const kept = changesOf(before, edited).filter((each) => each.what !== "removed");
  return Object.fromEntries(kept.map(({ key }) => [key, edited[key]]));
}

/** Whether two JSON values are equal; the order of an object's keys does not count. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left: Values = { ...a };
  const right: Values = { ...b };
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every((name) => name in right && same(left[name], right[name]));
}

/** Return the checkpoints of a list and those that events have told of since, the newest first. */
export function withNewer(
  listed: readonly Checkpoint[],
  events: readonly RunEvent[],
): readonly Checkpoint[] {
  const newest = listed[0]?.checkpointId ?? "";
  const newer: Checkpoint[] = [];
  // From the end: of a hundred thousand events only the last few are newer than the list.
  for (let at = events.length - 1; at >= 0; at--) {
    const event = events[at];
    const { checkpointId, nodes, nextNodes } = event?.stateUpdated ?? {};
    if (!checkpointId) continue;
    if (checkpointId <= newest) break;
    newer.push({ checkpointId, nodes, nextNodes, createTime: event?.eventTime });
  }
  const last = listed[0]?.superstep ?? -1;
  const known = newer.map((each, index) => ({ ...each, superstep: last + newer.length - index }));
  return [...known, ...listed];
}
