/** What a run was given, and what came of it. */
import type { Run } from "@/api/types";
import { PayloadView } from "@/components/PayloadView";
import { Card } from "@/components/ui/card";
import { isTerminal } from "@/lib/status";

export function RunInputOutput({ run }: { run: Run }) {
  const succeeded = run.status === "RUN_STATUS_SUCCEEDED";
  return (
    <>
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
    </>
  );
}
