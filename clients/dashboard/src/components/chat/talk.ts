/** What one says to a thread: each makes a run of it. */
import { createRun, newRequestId } from "@/api/run-deeds";
import { ApiError, CODE } from "@/api/errors";
import { statesPage } from "@/api/threads";
import type { Message, Run, RunSpec } from "@/api/types";
import { before } from "@/components/chat/fork";
import { resumeOf } from "@/components/chat/review";

/** So that messages are told as they are said. */
const STREAM_MODES = ["values", "messages-tuple"];
const MOST_PAGES = 50;

export interface Speaker {
  threadId: string;
  graphId: string;
  /** Whose configuration it was that spoke before. */
  assistantId: string | undefined;
}

type Options = Message<"ThreadRunOptions">;

/** Say something, at the end or at an earlier checkpoint. */
export function say(to: Speaker, text: string, checkpointId?: string): Promise<Run> {
  const input = { messages: [{ role: "human", content: text }] };
  return create(to, { ...at(checkpointId) }, input);
}

/** Go on without saying anything: from an earlier checkpoint, or where it was stopped. */
export function goOn(to: Speaker, checkpointId?: string): Promise<Run> {
  return create(to, at(checkpointId));
}

/** Answer a question of the thread whose run has ended with it. */
export function answerThread(
  to: Speaker,
  open: readonly Message<"ThreadInterrupt">[],
  interruptId: string,
  answer: unknown,
): Promise<Run> {
  const json = resumeOf(open, interruptId, answer);
  return create(to, { command: { resume: { json } } });
}

/** Find the checkpoint before a message; page by page, as states are large. */
export async function checkpointBefore(threadId: string, messageId: string): Promise<string> {
  const states: Message<"ThreadState">[] = [];
  let from: string | undefined;
  let pageToken = "";
  for (let page = 0; page < MOST_PAGES; page++) {
    const { states: more = [], nextPageToken = "" } = await statesPage(threadId, pageToken);
    states.push(...more);
    const found = before(states, messageId, from);
    if (found.checkpointId) return found.checkpointId;
    if (!found.next || !nextPageToken) break;
    from = found.next;
    pageToken = nextPageToken;
  }
  throw new ApiError(
    "The thread's history does not reach back to before this message.",
    CODE.failedPrecondition,
  );
}

function at(checkpointId: string | undefined): Options {
  return checkpointId ? { checkpoint: { checkpointId } } : {};
}

function create(to: Speaker, options: Options, input?: unknown): Promise<Run> {
  const { threadId, graphId, assistantId } = to;
  const spec: RunSpec = {
    threadId,
    ...(assistantId ? { assistantId } : { graphId }),
    ...(input === undefined ? {} : { input: { json: input } }),
    options: { ...options, streamModes: STREAM_MODES },
  };
  return createRun({ spec, requestId: newRequestId() });
}
