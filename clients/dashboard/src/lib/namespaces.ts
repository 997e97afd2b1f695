/** What somebody has typed of a namespace, and the request that it is. */
import type { NamespaceValues } from "@/api/namespaces";
import { bytesOf } from "@/lib/sizes";

export interface NamespaceDraft {
  namespace: string;
  displayName: string;
  storedBytes: string;
  runningRuns: string;
  queuedRuns: string;
}

const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const MAX_INT32 = 2 ** 31 - 1;

/** Return what is wrong, by field. */
export function faultsOf(draft: NamespaceDraft): Partial<Record<keyof NamespaceDraft, string>> {
  const name = NAME.test(draft.namespace.trim())
    ? {}
    : { namespace: "1 to 63 lower-case letters, digits or '-'; the first and last no '-'." };
  const size = bytesOf(draft.storedBytes);
  return {
    ...name,
    ...(size === undefined ? { storedBytes: "A size, as 2 GiB or 500 MB." } : {}),
    ...(whole(draft.runningRuns) === undefined ? { runningRuns: "A whole number." } : {}),
    ...(whole(draft.queuedRuns) === undefined ? { queuedRuns: "A whole number." } : {}),
  };
}

/** Return the request, or null as long as something is wrong. */
export function requestOf(draft: NamespaceDraft): NamespaceValues | null {
  const storedBytes = bytesOf(draft.storedBytes);
  const runningRuns = whole(draft.runningRuns);
  const queuedRuns = whole(draft.queuedRuns);
  if (storedBytes === undefined || runningRuns === undefined || queuedRuns === undefined)
    return null;
  return {
    namespace: draft.namespace.trim(),
    displayName: draft.displayName.trim(),
    quotas: { storedBytes: String(storedBytes), runningRuns, queuedRuns },
  };
}

function whole(text: string): number | undefined {
  const value = Number(text.trim() || 0);
  return Number.isInteger(value) && value >= 0 && value <= MAX_INT32 ? value : undefined;
}
