/** A call in each of the languages in which it is shown. */
import type { ScreenCall } from "@/lib/screen-call";
import { cli } from "@/lib/snippets/cli";
import { curl } from "@/lib/snippets/curl";
import { grpcurl } from "@/lib/snippets/grpcurl";
import { python } from "@/lib/snippets/python";
import type { Target } from "@/lib/snippets/target";

export const LANGUAGES = ["grpcurl", "Python", "curl", "CLI"] as const;
export type Language = (typeof LANGUAGES)[number];

const WRITERS: Record<Language, (call: ScreenCall, target: Target) => string | null> = {
  grpcurl,
  Python: python,
  curl,
  CLI: cli,
};

/** Return the text to copy, or null where the language cannot make the call. */
export function snippet(language: Language, call: ScreenCall, target: Target): string | null {
  return WRITERS[language](call, target);
}
