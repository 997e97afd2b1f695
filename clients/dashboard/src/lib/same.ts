/** Keeps a list as the object it was as long as it holds the same: what compares by identity rests. */
import { useState } from "react";

export function useSame<Item>(list: readonly Item[]): Item[] {
  const [kept, setKept] = useState(() => [...list]);
  if (kept.length === list.length && kept.every((each, index) => each === list[index])) return kept;
  const next = [...list];
  setKept(next);
  return next;
}
