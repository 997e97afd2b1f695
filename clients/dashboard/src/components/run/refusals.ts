/** What a refused deed means, in words of the dashboard. */
import { asApiError } from "@/api/errors";

const WORDS: Record<string, string> = {
  ETAG_MISMATCH: "It has changed since it was shown here. Look at it again, then decide.",
  RUN_ALREADY_TERMINAL: "The run has ended meanwhile.",
  RUN_NOT_TERMINAL: "The run has not ended: cancel it first.",
  RUN_NOT_INTERRUPTED: "The run waits for no answer any more: somebody else has answered.",
  INTERRUPT_NOT_FOUND: "That question is answered already.",
  RUN_NOT_FOUND: "The run is gone: it was deleted.",
  GRAPH_NOT_FOUND: "The server has its graph no more.",
  CHECKPOINT_IS_FINAL: "Nothing follows this checkpoint: fork from an earlier one.",
  RUN_ALREADY_EXISTS: "There is a run of that id already: choose another.",
};

/** Return why a deed was refused. */
export function inWords(thrown: unknown): string {
  const error = asApiError(thrown);
  return WORDS[error.reason] ?? error.message;
}
