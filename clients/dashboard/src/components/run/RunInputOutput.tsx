/** What a run was given, what came of it, and why it failed. */
import { Link } from "@tanstack/react-router";
import { CircleX } from "lucide-react";

import type { Run } from "@/api/types";
import { PayloadView } from "@/components/PayloadView";
import { failureOf } from "@/components/run/failure";
import { Card } from "@/components/ui/card";
import { isTerminal } from "@/lib/status";

export function RunInputOutput({ run }: { run: Run }) {
  const succeeded = run.status === "RUN_STATUS_SUCCEEDED";
  return (
    <div className="grid min-w-0 gap-4">
      <RunFailure run={run} />
      <div className="grid min-w-0 gap-4 lg:grid-cols-2">
        <Card title="Input">
          <PayloadView payload={run.spec?.input} label="Input" />
        </Card>
        <Card title="Output">
          {succeeded || run.output ? (
            <PayloadView payload={run.output} label="Output" />
          ) : (
            <p className="text-sm text-soft">
              {isTerminal(run.status) ? "The run ended without one." : "Not yet."}
            </p>
          )}
        </Card>
      </div>
    </div>
  );
}

function RunFailure({ run }: { run: Run }) {
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
                  search={{ tab: "timeline" }}
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
