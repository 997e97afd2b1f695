/** The keyboard's way through the rows: a cursor that `j` and `k` move, and what is done where it is. */
import { useCallback, useEffect, useState } from "react";

import { useShortcut } from "@/lib/shortcuts";

interface Asked {
  ids: () => readonly string[];
  /** Bring a row into sight. */
  show: (index: number) => void;
  /** Tick the row, or the rows up to it. */
  onTick: (id: string, range: boolean) => void;
  onCancel: (cursor: string | null) => void;
  /** Nothing is to be selected any more. */
  onClear: () => void;
  /** Whoever reads only selects and cancels nothing. */
  mayRun: boolean;
}

export interface RowKeys {
  /** The row where the cursor is. */
  cursor: string | null;
  clear: () => void;
}

export function useRowKeys({ ids, show, onTick, onCancel, onClear, mayRun }: Asked): RowKeys {
  const [cursor, setCursor] = useState<string | null>(null);
  const move = (by: number) => {
    const order = ids();
    const at = cursor === null ? -1 : order.indexOf(cursor);
    const next = at < 0 ? 0 : Math.min(order.length - 1, Math.max(0, at + by));
    const id = order[next];
    if (id === undefined) return;
    show(next);
    setCursor(id);
  };
  useEffect(() => {
    if (cursor === null) return;
    // It may only be there once the table has scrolled.
    const frame = requestAnimationFrame(() => focusRow(cursor));
    return () => cancelAnimationFrame(frame);
  }, [cursor]);
  useShortcut("j", "Next run; enter opens it", () => move(1));
  useShortcut("k", "Previous run", () => move(-1));
  useShortcut("x", "Select the run", () => cursor && onTick(cursor, false), mayRun);
  useShortcut("shift+x", "Select up to the run", () => cursor && onTick(cursor, true), mayRun);
  useShortcut("c", "Cancel the selected runs, or this one", () => onCancel(cursor), mayRun);
  const clear = useCallback(() => setCursor(null), []);
  useShortcut("escape", "Select none", () => {
    clear();
    onClear();
  });
  return { cursor, clear };
}

function focusRow(id: string): void {
  const row = document.querySelector(`[data-row="${CSS.escape(id)}"] [data-open]`);
  if (row instanceof HTMLElement) row.focus({ preventScroll: true });
}
