/** One entry of the audit log, with everything that it says. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import type { AuditEntry } from "@/api/audit";
import { CopyButton } from "@/components/CopyButton";
import { Dialog } from "@/components/ui/dialog";
import { codeName, shortName } from "@/lib/audit";
import { exact } from "@/lib/time";

interface Props {
  entry: AuditEntry | null;
  onClose: () => void;
}

export function AuditDetails({ entry, onClose }: Props) {
  return (
    <Dialog
      open={entry !== null}
      onOpenChange={(open) => !open && onClose()}
      title={shortName(entry?.method)}
      description={`Entry ${entry?.number ?? ""}`}
    >
      {entry && (
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-2 text-sm">
          <Line name="When">{entry.eventTime && exact(entry.eventTime)}</Line>
          <Line name="Who">{entry.caller}</Line>
          <Line name="From">{entry.peer}</Line>
          <Line name="Namespace">{entry.namespace}</Line>
          <Line name="Result">
            {codeName(entry.code)}
            {entry.reason && ` (${entry.reason})`}
          </Line>
          {Object.entries(entry.subject ?? {}).map(([name, value]) => (
            <Line key={name} name={name}>
              {name === "run_id" ? (
                <Link
                  to="/ui/runs/$runId"
                  params={{ runId: value }}
                  className="font-mono text-[13px] text-brand underline-offset-2 hover:underline"
                >
                  {value}
                </Link>
              ) : (
                value
              )}
            </Line>
          ))}
          <Line name="Request">
            {entry.requestId && (
              <span className="flex items-center gap-1 font-mono text-[13px]">
                {entry.requestId}
                <CopyButton text={entry.requestId} what="the request id" />
              </span>
            )}
          </Line>
        </dl>
      )}
    </Dialog>
  );
}

function Line({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-soft">{name}</dt>
      <dd className="min-w-0 break-words">{children || <span className="text-soft">–</span>}</dd>
    </>
  );
}
