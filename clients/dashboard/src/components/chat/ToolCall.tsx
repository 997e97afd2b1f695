/** A tool that was asked for, folded together with what it answered. */
import { CheckCircle2, ChevronRight, CircleDashed, CircleX, Wrench } from "lucide-react";

import { argsOf } from "@/components/chat/calls";
import { textOf, type ChatMessage } from "@/components/chat/messages";
import { Parts } from "@/components/chat/Parts";
import type { Answered } from "@/components/chat/turns";
import { JsonView } from "@/components/JsonEditor";
import { brief } from "@/lib/payload";

export function ToolCall({ answered }: { answered: Answered }) {
  const { call, result } = answered;
  const Sign = !result ? CircleDashed : result.failed ? CircleX : CheckCircle2;
  const words = !result ? "no result yet" : result.failed ? "failed" : "done";
  return (
    <details className="group min-w-0 overflow-hidden rounded-lg border bg-panel text-[13px]">
      <summary className="flex min-h-9 cursor-pointer list-none items-center gap-2 px-3 py-1.5 -outline-offset-2">
        <ChevronRight
          aria-hidden
          className="size-4 shrink-0 text-soft transition-transform group-open:rotate-90"
        />
        <Wrench aria-hidden className="size-3.5 shrink-0 text-soft" />
        <span className="shrink-0 font-medium">{call.name || "a tool"}</span>
        <span className="min-w-0 flex-1 truncate font-mono text-xs text-soft">
          {brief(call.args, 120)}
        </span>
        <span
          className={`flex shrink-0 items-center gap-1 text-xs ${result?.failed ? "text-failed" : result ? "text-succeeded" : "text-soft"}`}
        >
          <Sign aria-hidden className="size-3.5" />
          {words}
        </span>
      </summary>
      <div className="grid min-w-0 gap-3 border-t px-3 py-3">
        <Labelled name="Asked with">
          <JsonView value={call.args} label={`Arguments of ${call.name}`} maxHeight="14rem" />
        </Labelled>
        {result && (
          <Labelled name="Answered">
            <Result message={result} />
          </Labelled>
        )}
        {call.id && <p className="break-all font-mono text-xs text-soft">{call.id}</p>}
      </div>
    </details>
  );
}

function Labelled({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div className="grid min-w-0 gap-1">
      <p className="text-xs text-soft">{name}</p>
      {children}
    </div>
  );
}

/** Tools mostly answer with JSON in a text. */
function Result({ message }: { message: ChatMessage }) {
  const value = argsOf(textOf(message) || undefined);
  const json = typeof value === "object" && message.parts.length === 1;
  if (json) return <JsonView value={value} label={`Result of ${message.name}`} maxHeight="14rem" />;
  return <Parts parts={message.parts} />;
}
