/** What a thread waits for, by colour, word and sign. */
import type { ThreadStatus } from "@/api/threads";
import { ToneBadge } from "@/components/StatusBadge";
import type { Tone } from "@/lib/status";

const LOOKS: Partial<Record<ThreadStatus, readonly [Tone, string]>> = {
  THREAD_STATUS_IDLE: ["queued", "idle"],
  THREAD_STATUS_BUSY: ["running", "busy"],
  THREAD_STATUS_INTERRUPTED: ["interrupted", "interrupted"],
  THREAD_STATUS_ERROR: ["failed", "error"],
};

export function threadWord(status: ThreadStatus): string {
  return LOOKS[status]?.[1] ?? "unknown";
}

export function ThreadBadge({ status }: { status: ThreadStatus | undefined }) {
  const [tone, words] = LOOKS[status ?? "THREAD_STATUS_UNSPECIFIED"] ?? ["queued", "unknown"];
  return <ToneBadge tone={tone}>{words}</ToneBadge>;
}
