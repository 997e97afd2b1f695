/** The calls that made what is on the screen: shown as grpcurl, curl, Python and CLI. */
import { useEffect, useSyncExternalStore } from "react";

export interface ScreenCall {
  /** Service and method, as `RunService.ListRuns`. */
  rpc: string;
  /** The request in ProtoJSON. */
  request: Record<string, unknown>;
  /** The same in the command line, without `runwire`; none where it has no such command. */
  cli?: readonly string[];
}

const NONE: readonly ScreenCall[] = [];
let current = NONE;
const listeners = new Set<() => void>();

/** Say which calls made what the page shows; the first is the most telling. */
export function useScreenCalls(...calls: readonly ScreenCall[]): void {
  const text = JSON.stringify(calls);
  useEffect(() => {
    tell(JSON.parse(text) as ScreenCall[]);
    return () => tell(NONE);
  }, [text]);
}

/** Follow them. */
export function useCurrentScreenCalls(): readonly ScreenCall[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}

function tell(next: readonly ScreenCall[]): void {
  current = next;
  for (const each of listeners) each();
}
