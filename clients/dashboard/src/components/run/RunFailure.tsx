/** Why a run failed, and where. */
import { Link } from "@tanstack/react-router";
import { CircleX } from "lucide-react";

import type { Run } from "@/api/types";
import { failureOf } from "@/components/run/failure";

export function RunFailure({ run }: { run: Run }) {
  const failure = failureOf(run);
  if (!failure) return null;
  const { message, reason, node, facts } = failure;
  return (
    <section
      aria-label="Why it failed"
      className="grid min-w-0 gap-3 rounded-lg border border-danger/50 bg-panel p-4"
    >
      <div className="flex min-w-0 items-start gap-2">
        <CircleX aria-hidden className="mt-0.5 size-4 shrink-0 text-danger" />
        <div className="grid min-w-0 gap-1">
          <h2 className="text-sm font-semibold">
            {node ? (
              <>
                It failed at{" "}
                <Link
                  to="/ui/runs/$runId"
                  params={{ runId: run.runId ?? "" }}
                  search={{ tab: "events", node }}
                  className="font-mono underline"
                >
                  {node}
                </Link>
              </>
            ) : (
              "It failed"
            )}
            {reason && (
              <code className="ml-2 font-mono text-xs font-normal text-soft">{reason}</code>
            )}
          </h2>
          <pre className="max-h-60 overflow-auto whitespace-pre-wrap break-words font-mono text-[13px]">
            {message}
          </pre>
        </div>
      </div>
      {facts.length > 0 && (
        <dl className="grid min-w-0 gap-2 pl-6">
          {facts.map(([name, value]) => (
            <div key={name} className="min-w-0">
              <dt className="text-xs text-soft">{name}</dt>
              <dd>
                <pre className="max-h-80 overflow-auto whitespace-pre-wrap break-words font-mono text-xs">
                  {value}
                </pre>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
