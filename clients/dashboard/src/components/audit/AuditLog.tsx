/** What callers changed or tried to change, newest first. */
import { RefreshCw, ScrollText } from "lucide-react";
import { useState } from "react";

import { useAudit, type AuditEntry } from "@/api/audit";
import { AuditDetails } from "@/components/audit/AuditDetails";
import { AuditFilters } from "@/components/audit/AuditFilters";
import { More } from "@/components/More";
import { Empty, Failed, Loading } from "@/components/states";
import { ToneBadge } from "@/components/StatusBadge";
import { Timestamp } from "@/components/Timestamp";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Table, Td, Th } from "@/components/ui/table";
import { codeName, shortName, type AuditChoice } from "@/lib/audit";

interface Props {
  choice: AuditChoice;
  onChoose: (choice: AuditChoice) => void;
}

export function AuditLog({ choice, onChoose }: Props) {
  const query = useAudit(choice);
  const [opened, setOpened] = useState<AuditEntry | null>(null);
  const entries = query.data?.pages.flatMap((page) => page.entries ?? []) ?? [];
  return (
    <Card
      title="Audit log"
      flush
      actions={
        <Button
          size="sm"
          variant="ghost"
          disabled={query.isFetching}
          onClick={() => void query.refetch()}
        >
          <RefreshCw aria-hidden />
          Read again
        </Button>
      }
    >
      <AuditFilters choice={choice} onChoose={onChoose} />
      {query.isPending && <Loading what="the audit log" />}
      {query.isError && !query.data && (
        <Failed
          error={query.error}
          what="read the audit log"
          onRetry={() => void query.refetch()}
        />
      )}
      {query.isSuccess && entries.length === 0 && (
        <Empty title="There are no such entries" icon={ScrollText}>
          Every call that may change something is recorded; without authentication only if the
          server is started with the audit log on.
        </Empty>
      )}
      {entries.length > 0 && (
        <Table label="Entries, newest first">
          <thead>
            <tr>
              <Th>When</Th>
              <Th>Who</Th>
              <Th>What</Th>
              <Th>About</Th>
              <Th>Result</Th>
            </tr>
          </thead>
          <tbody className="[&>tr:last-child>td]:border-0">
            {entries.map((entry) => (
              <EntryRow key={entry.number} entry={entry} onOpen={() => setOpened(entry)} />
            ))}
          </tbody>
        </Table>
      )}
      <More {...query} />
      <AuditDetails entry={opened} onClose={() => setOpened(null)} />
    </Card>
  );
}

function EntryRow({ entry, onOpen }: { entry: AuditEntry; onOpen: () => void }) {
  const code = entry.code ?? 0;
  return (
    <tr data-entry={entry.number}>
      <Td className="text-soft">
        <Timestamp time={entry.eventTime} />
      </Td>
      <Td className="max-w-56 truncate">{entry.caller}</Td>
      <Td>
        <button
          type="button"
          onClick={onOpen}
          className="whitespace-nowrap rounded text-left font-mono text-xs text-brand underline-offset-2 hover:underline"
        >
          {shortName(entry.method)}
        </button>
      </Td>
      <Td className="max-w-80 truncate text-[13px]">{about(entry)}</Td>
      <Td>
        <ToneBadge tone={code ? "failed" : "succeeded"}>{code ? codeName(code) : "done"}</ToneBadge>
      </Td>
    </tr>
  );
}

function about({ subject = {} }: AuditEntry): string {
  return Object.entries(subject)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}
