/** Calls as the command line of Runwire; it reads the key from RUNWIRE_API_KEY itself. */
import type { ScreenCall } from "@/lib/screen-call";
import { command } from "@/lib/snippets/shell";
import type { Target } from "@/lib/snippets/target";

/** Return the command, or null where it has none. */
export function cli({ cli: words }: ScreenCall, target: Target): string | null {
  if (!words?.length) return null;
  return command(
    ["runwire", ...words],
    ["--server", target.grpc, ...(target.tls ? ["--tls"] : [])],
    target.namespace ? ["--namespace", target.namespace] : [],
  );
}
