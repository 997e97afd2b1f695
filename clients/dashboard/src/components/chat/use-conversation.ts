/** A thread's conversation: what it holds, what its run is saying, and what can be said to it. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";

import { runsOf, threadRuns, threadWhole } from "@/api/threads";
import type { Run, Thread } from "@/api/types";
import { together } from "@/components/chat/live-chat";
import { messagesOf, type ChatMessage } from "@/components/chat/messages";
import { useLiveChat } from "@/components/chat/use-live-chat";
import { valueOf } from "@/lib/payload";
import { isTerminal } from "@/lib/status";

export interface Conversation {
  thread: Thread | undefined;
  error: unknown;
  again: () => void;
  messages: readonly ChatMessage[];
  /** Ids of messages that are being said. */
  growing: ReadonlySet<string>;
  /** The run that goes on or asks something. */
  run: Run | undefined;
  /** The newest run, whatever became of it. */
  last: Run | undefined;
  /** Follow a run from now on: one that was just made. */
  follow: (run: Run) => void;
}

const NONE: ReadonlySet<string> = new Set();

export function useConversation(threadId: string): Conversation {
  const runs = runsOf(useInfiniteQuery(threadRuns(threadId)).data);
  const [made, follow] = useState<Run | null>(null);
  const [followed, setFollowed] = useState("");
  const listed = runs.filter((run) => !isTerminal(run.status)).at(-1);
  const known = made && runs.some((run) => run.runId === made.runId);
  // Runs of a thread go one after the other: the oldest that has not ended is the one that speaks.
  const wanted = listed?.runId ?? (made && !known ? made.runId : "") ?? "";
  // One that has ended is followed on, until the thread holds what it said.
  if (wanted && wanted !== followed) setFollowed(wanted);
  const live = useLiveChat(followed);
  const heard = live?.now.run ?? null;
  const run = heard ?? listed ?? made ?? undefined;
  const over = !followed || isTerminal(run?.status);
  const thread = useQuery(threadWhole(threadId, followed ? `${followed} ${over}` : ""));
  const values = thread.data?.values;
  const base = useMemo(() => messagesOf(valueOf(values)) ?? [], [values]);
  const saying = followed !== "" && (!over || thread.isPlaceholderData);
  const input = useMemo(() => inputOf(heard ?? made ?? undefined), [heard, made]);
  const messages = useMemo(
    () => (saying ? together(base, live?.messages ?? null, input) : base),
    [saying, base, live, input],
  );
  return {
    thread: thread.data,
    error: thread.error,
    again: () => void thread.refetch(),
    messages,
    growing: saying && !over ? (live?.messages.growing ?? NONE) : NONE,
    run: over ? undefined : run,
    last: heard && heard.runId === followed ? heard : runs[0],
    follow,
  };
}

/** What a run was told to say, until it says so itself; one that begins elsewhere in the history does not add to it. */
function inputOf(run: Run | undefined): readonly ChatMessage[] {
  if (!run || run.spec?.options?.checkpoint || isTerminal(run.status)) return [];
  return messagesOf(valueOf(run.spec?.input)) ?? [];
}
