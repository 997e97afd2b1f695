/** What somebody is told whom the server does not let in. */
import { CODE, type ApiError } from "@/api/errors";

const WORDS: Record<string, string> = {
  CREDENTIALS_MISSING: "",
  CREDENTIALS_INVALID: "The server knows no such key. Was all of it copied?",
  CREDENTIALS_MALFORMED: "This is not a key: one begins with rw_ and has no blanks in it.",
  KEY_EXPIRED: "This key has expired. Ask an admin for a new one.",
  KEY_REVOKED: "This key was revoked. Ask an admin for a new one.",
  TOKEN_INVALID: "The server does not take this token, or no longer does.",
};

/** Return why the server refuses, empty if there is nothing to say yet. */
export function refusal(error: ApiError | null, secondsLeft = 0): string {
  if (!error) return "";
  if (error.code === CODE.resourceExhausted) return tooMany(secondsLeft);
  return WORDS[error.reason] ?? error.message;
}

/** Return the milliseconds at which another try counts: at once, unless the server says later. */
export function nextTry(error: ApiError | null, now: number): number {
  if (error?.code !== CODE.resourceExhausted) return 0;
  return now + Math.max(1, Math.ceil(error.retrySeconds)) * 1000;
}

function tooMany(seconds: number): string {
  const when = seconds > 0 ? `in ${seconds} s` : "now";
  return `Too many keys that do not count came from this address. Try again ${when}.`;
}
