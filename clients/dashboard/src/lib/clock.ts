/** The time, told to views together: one timer for all that show how long something takes. */
import { useEffect, useState, useSyncExternalStore } from "react";

const EVERY_MS = 1000;
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, EVERY_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Return the time in milliseconds, to the second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

const FAST_MS = 200;

/** Return the time in milliseconds, told often enough for a bar to grow; not at all where nothing does. */
export function useFastNow(growing: boolean): number {
  const [at, setAt] = useState(() => Date.now());
  useEffect(() => {
    if (!growing) return;
    const timer = setInterval(() => setAt(Date.now()), FAST_MS);
    return () => clearInterval(timer);
  }, [growing]);
  return at;
}
