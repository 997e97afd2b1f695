/** A conversation with a thread: its messages, live, its questions, and what one says next. */
import { useMutation } from "@tanstack/react-query";
import { CircleAlert, MessagesSquare } from "lucide-react";
import { useCallback, useMemo, useRef, useState } from "react";
import { toast } from "sonner";

import { useMay } from "@/api/identity";
import { cancelRun } from "@/api/run-deeds";
import { changed } from "@/api/threads";
import type { Run } from "@/api/types";
import { Bubble } from "@/components/chat/Bubble";
import { Composer } from "@/components/chat/Composer";
import type { ChatMessage } from "@/components/chat/messages";
import { openQuestions, Questions } from "@/components/chat/Questions";
import { checkpointBefore, goOn, say, type Speaker } from "@/components/chat/talk";
import { turnsOf, type Turn } from "@/components/chat/turns";
import { useConversation } from "@/components/chat/use-conversation";
import { useFollowing } from "@/components/run/following";
import { inWords } from "@/components/run/refusals";
import { Empty, Failed, Loading } from "@/components/states";
import { Button } from "@/components/ui/button";
import { useShortcut } from "@/lib/shortcuts";
import { isCancellable } from "@/lib/status";

interface Props {
  threadId: string;
  /** Whom to speak to where the thread does not say. */
  graphId: string;
}

export function Chat({ threadId, graphId }: Props) {
  const talk = useConversation(threadId);
  const { thread, run, last, follow, messages, growing } = talk;
  const may = useMay("run");
  const box = useRef<HTMLTextAreaElement>(null);
  useShortcut("m", "Write a message", () => box.current?.focus(), may);
  const speaker = useMemo(
    (): Speaker => ({ threadId, graphId, assistantId: last?.spec?.assistantId || undefined }),
    [threadId, graphId, last?.spec?.assistantId],
  );
  const { speak, again, busy } = useSpeech(speaker, follow);
  const stop = useMutation({
    mutationFn: (stopped: Run) => cancelRun(stopped, ""),
    onError: (error) => toast.error(inWords(error)),
  });
  if (!thread && talk.error)
    return <Failed error={talk.error} what="load the conversation" onRetry={talk.again} />;
  if (!thread) return <Loading what="the conversation" />;
  const open = openQuestions(run, thread);
  const stoppable = may && run && isCancellable(run.status) ? run : undefined;
  return (
    <div className="flex h-[calc(100dvh-16.5rem)] min-h-[24rem] flex-col overflow-hidden rounded-lg border bg-bg">
      <Turns
        messages={messages}
        growing={growing}
        speaking={Boolean(run) && !open.length && growing.size === 0}
        onAgain={may && !run && !busy ? again : undefined}
      >
        {!run && last?.error && <Trouble run={last} />}
        {thread && (
          <Questions
            run={run}
            thread={thread}
            speaker={speaker}
            mayAnswer={may}
            onAnswered={follow}
          />
        )}
      </Turns>
      {may && (
        <Composer
          box={box}
          closed={closedBy(run, open.length, graphId)}
          busy={busy}
          onSay={speak}
          onStop={
            stoppable && run?.status !== "RUN_STATUS_INTERRUPTED"
              ? () => stop.mutate(stoppable)
              : undefined
          }
        />
      )}
    </div>
  );
}

function closedBy(run: Run | undefined, questions: number, graphId: string): string {
  if (questions) return "A question is open: answer it first.";
  if (run?.status === "RUN_STATUS_CANCELLING") return "It is being stopped.";
  if (run) return "An answer is under way.";
  return graphId ? "" : "Choose a graph to speak to first.";
}

function useSpeech(speaker: Speaker, follow: (run: Run) => void) {
  const told = {
    onSuccess: (run: Run) => {
      follow(run);
      changed(speaker.threadId);
    },
    onError: (error: unknown) => toast.error(inWords(error)),
  };
  const { mutateAsync: speak, isPending } = useMutation({
    mutationFn: (text: string) => say(speaker, text),
    ...told,
  });
  const anew = useMutation({
    mutationFn: async ({ message, text }: { message: ChatMessage; text: string | undefined }) => {
      const checkpointId = await checkpointBefore(speaker.threadId, message.id);
      return text === undefined ? goOn(speaker, checkpointId) : say(speaker, text, checkpointId);
    },
    ...told,
  });
  const { mutate } = anew;
  const again = useCallback(
    (message: ChatMessage, text?: string) => mutate({ message, text }),
    [mutate],
  );
  return { speak, again, busy: isPending || anew.isPending };
}

interface TurnsProps {
  messages: readonly ChatMessage[];
  growing: ReadonlySet<string>;
  /** A run goes on and says nothing at the moment. */
  speaking: boolean;
  onAgain: ((message: ChatMessage, text?: string) => void) | undefined;
  children: React.ReactNode;
}

/** Older ones are shown to those who ask. */
const AT_ONCE = 60;

function Turns({ messages, growing, speaking, onAgain, children }: TurnsProps) {
  const frame = useRef<HTMLDivElement>(null);
  const { listeners } = useFollowing(frame, true);
  const [shown, setShown] = useState(AT_ONCE);
  const turns = useMemo((): readonly Turn[] => turnsOf(messages), [messages]);
  const hidden = Math.max(0, turns.length - shown);
  return (
    <div
      ref={frame}
      {...listeners}
      role="region"
      aria-label="Conversation"
      tabIndex={0}
      className="min-h-0 flex-1 overflow-y-auto px-3 py-4 -outline-offset-2 md:px-6"
    >
      <div className="mx-auto grid max-w-3xl grid-cols-[minmax(0,1fr)] gap-5">
        {hidden > 0 && (
          <div className="text-center">
            <Button size="sm" onClick={() => setShown(shown + AT_ONCE)}>
              Show earlier messages ({hidden})
            </Button>
          </div>
        )}
        {turns.length === 0 && !speaking && (
          <Empty title="Nothing has been said yet" icon={MessagesSquare}>
            Write the first message below.
          </Empty>
        )}
        <ol className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-5">
          {turns.slice(hidden).map((turn) => (
            <Bubble
              key={turn.key}
              turn={turn}
              growing={growing.has(turn.message.id)}
              onAgain={onAgain}
            />
          ))}
        </ol>
        {speaking && (
          <p role="status" className="animate-pulse text-[13px] text-soft">
            Working …
          </p>
        )}
        {children}
      </div>
    </div>
  );
}

/** Changes whenever the last message grows. */
function Trouble({ run }: { run: Run }) {
  return (
    <section
      aria-label="Why it failed"
      className="flex gap-3 rounded-lg border border-danger/50 bg-danger-soft px-4 py-3"
    >
      <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0 text-danger" />
      <p className="min-w-0 whitespace-pre-wrap break-words text-sm">{run.error?.message}</p>
    </section>
  );
}
