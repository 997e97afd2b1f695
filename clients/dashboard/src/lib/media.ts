/** Whether the page is as narrow as a phone: where the number of rows depends on it, not only looks. */
import { useSyncExternalStore } from "react";

const narrow = matchMedia("(max-width: 47.99rem)");

function subscribe(listener: () => void): () => void {
  narrow.addEventListener("change", listener);
  return () => narrow.removeEventListener("change", listener);
}

export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => narrow.matches);
}
