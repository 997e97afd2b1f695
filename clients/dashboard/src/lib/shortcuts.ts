/** Keys that do something, and the list of them that `?` shows. */
import { useEffect, useSyncExternalStore } from "react";
import { useHotkeys } from "react-hotkeys-hook";

export interface Shortcut {
  /** What the keyboard gives: `j`, `shift+x`, `?`, `escape`; `g>r` is one after the other. */
  keys: string;
  does: string;
}

const SIGN = /^[^a-z0-9]$/;
let shown: readonly Shortcut[] = [];
const listeners = new Set<() => void>();

/** Have a key do something while the view is there; not while somebody types. */
export function useShortcut(keys: string, does: string, act: () => void, enabled = true): void {
  useHotkeys(
    keys,
    () => act(),
    {
      enabled,
      preventDefault: true,
      // What is typed, not where: `?` and `/` need shift on some keyboards, and not on others.
      useKey: true,
      ignoreModifiers: SIGN.test(keys),
    },
    [act],
  );
  useEffect(() => {
    if (!enabled) return;
    const mine = { keys, does };
    tell([...shown, mine]);
    return () => tell(shown.filter((each) => each !== mine));
  }, [keys, does, enabled]);
}

/** Follow which keys do something now. */
export function useShortcuts(): readonly Shortcut[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => shown,
  );
}

function tell(next: readonly Shortcut[]): void {
  shown = next;
  for (const each of listeners) each();
}
