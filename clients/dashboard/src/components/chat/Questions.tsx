/** What an agent asks, answered where it is asked. */
import { CircleHelp } from "lucide-react";

import { resumeRun } from "@/api/run-deeds";
import type { Interrupt, Run, Thread } from "@/api/types";
import { answerThread, type Speaker } from "@/components/chat/talk";
import { Question } from "@/components/chat/Question";

interface Props {
  /** The run that waits; undefined where the thread itself does. */
  run: Run | undefined;
  thread: Thread;
  speaker: Speaker;
  mayAnswer: boolean;
  /** A run goes on with the answer. */
  onAnswered: (run: Run) => void;
}

/** Return what is open: the run's questions, or those with which the thread's last run has ended. */
export function openQuestions(
  run: Run | undefined,
  thread: Thread | undefined,
): readonly Interrupt[] {
  if (run) return run.status === "RUN_STATUS_INTERRUPTED" ? (run.interrupts ?? []) : [];
  return thread?.status === "THREAD_STATUS_INTERRUPTED" ? (thread.interrupts ?? []) : [];
}

export function Questions({ run, thread, speaker, mayAnswer, onAnswered }: Props) {
  const open = openQuestions(run, thread);
  if (!open.length) return null;
  const send = async (interruptId: string, value: unknown) => {
    const next = run
      ? await resumeRun(run, interruptId, value)
      : await answerThread(speaker, thread.interrupts ?? [], interruptId, value);
    onAnswered(next);
  };
  return (
    <section aria-label="Open questions" className="grid min-w-0 gap-3">
      {open.map((each) => (
        <article
          key={each.interruptId}
          className="min-w-0 overflow-hidden rounded-lg border border-interrupted/50 bg-panel"
        >
          <h2 className="flex items-center gap-2 bg-interrupted-soft px-4 py-2 text-[13px] font-medium text-interrupted">
            <CircleHelp aria-hidden className="size-4 shrink-0" />
            {each.node || "The agent"} asks
          </h2>
          <Question
            interrupt={each}
            mayAnswer={mayAnswer}
            onSend={(value) => send(each.interruptId ?? "", value)}
          />
        </article>
      ))}
    </section>
  );
}
