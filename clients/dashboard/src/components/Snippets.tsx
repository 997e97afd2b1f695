/** Calls as text to copy. */
import { pretty } from "@/lib/payload";
import type { ScreenCall } from "@/lib/screen-call";

export default function Snippets({ calls }: { calls: readonly ScreenCall[] }) {
  return calls.map((call) => (
    <pre key={call.rpc} className="overflow-auto rounded-md border bg-sunken p-3 font-mono text-xs">
      {call.rpc} {pretty(call.request)}
    </pre>
  ));
}
