/** What each graph stores: sorted by any column, with what its runs are and what they hold. */
import { ArrowDown, ArrowUp } from "lucide-react";
import { useState } from "react";

import type { GraphStorage } from "@/api/storage";
import { Meter } from "@/components/Meter";
import { Empty } from "@/components/states";
import { Card } from "@/components/ui/card";
import { Table, Td } from "@/components/ui/table";
import { cn } from "@/lib/classes";
import { bytes, count } from "@/lib/numbers";
import { lookOf } from "@/lib/status";
import { COLUMNS, rowOf, sorted, type ColumnId, type GraphRow, type Sorting } from "@/lib/storage";
import { spell } from "@/lib/time";

export function GraphTable({ graphs }: { graphs: readonly GraphStorage[] }) {
  const [sorting, setSorting] = useState<Sorting>({ by: "bytes", descending: true });
  const rows = sorted(graphs.map(rowOf), sorting);
  const largest = Math.max(1, ...rows.map((row) => row.bytes));
  const sort = (by: ColumnId) =>
    setSorting((now) => ({ by, descending: now.by === by ? !now.descending : by !== "graphId" }));
  return (
    <Card title="By graph" flush>
      {rows.length === 0 ? (
        <Empty title="Nothing is stored">What runs leave behind is counted here.</Empty>
      ) : (
        <Table label="What graphs store">
          <thead>
            <tr>
              {COLUMNS.map(({ id, name }) => (
                <Head
                  key={id}
                  name={name}
                  left={id === "graphId"}
                  onSort={() => sort(id)}
                  order={
                    sorting.by === id ? (sorting.descending ? "descending" : "ascending") : "none"
                  }
                />
              ))}
            </tr>
          </thead>
          <tbody className="[&>tr:last-child>td]:border-0">
            {rows.map((row) => (
              <Row key={row.graphId} row={row} largest={largest} />
            ))}
          </tbody>
        </Table>
      )}
    </Card>
  );
}

interface HeadProps {
  name: string;
  left: boolean;
  onSort: () => void;
  order: "none" | "ascending" | "descending";
}

function Head({ name, left, onSort, order }: HeadProps) {
  const Arrow = order === "ascending" ? ArrowUp : ArrowDown;
  return (
    <th scope="col" aria-sort={order} className={cn("border-b px-2", !left && "text-right")}>
      <button
        type="button"
        onClick={onSort}
        className="inline-flex items-center gap-1 whitespace-nowrap rounded px-2 py-2 text-xs font-medium text-soft hover:text-ink"
      >
        {name}
        <Arrow aria-hidden className={cn("size-3", order === "none" && "invisible")} />
      </button>
    </th>
  );
}

function Row({ row, largest }: { row: GraphRow; largest: number }) {
  const parts = row.statuses.map(({ status, runs }) => {
    const { label, tone } = lookOf(status);
    return { name: label, tone, value: runs };
  });
  const told = parts.map(({ name, value }) => `${count(value)} ${name}`).join(", ");
  return (
    <tr data-graph={row.graphId}>
      <Td className="max-w-64 truncate font-medium">
        {row.graphId || <span className="text-soft">artifacts of no run</span>}
      </Td>
      <Td className="text-right">
        <div className="ml-auto grid w-32 gap-1.5">
          <span className="tabular-nums">{count(row.runs)}</span>
          <Meter label={told || "no runs"} parts={parts} className="h-1.5" />
        </div>
      </Td>
      <Size value={row.eventBytes} />
      <Size value={row.checkpointBytes} />
      <Td className="whitespace-nowrap text-right tabular-nums">
        {bytes(row.artifactBytes)}
        <span className="block text-xs text-soft">{count(row.artifacts)} files</span>
      </Td>
      <Td className="text-right">
        <div className="ml-auto grid w-36 gap-1.5">
          <span className="tabular-nums">{bytes(row.bytes)}</span>
          <Meter
            label={`${bytes(row.bytes)} in all`}
            of={largest}
            parts={[
              { name: "events", tone: "running", value: row.eventBytes },
              { name: "checkpoints", tone: "succeeded", value: row.checkpointBytes },
              { name: "inputs, outputs and the rest", tone: "queued", value: row.otherBytes },
              { name: "artifacts", tone: "interrupted", value: row.artifactBytes },
            ]}
            className="h-1.5"
          />
        </div>
      </Td>
      <Td className="whitespace-nowrap text-right">
        {Number.isFinite(row.retentionMs) ? spell(row.retentionMs) : "for ever"}
        {row.retentionBytes > 0 && (
          <span className="block text-xs text-soft">up to {bytes(row.retentionBytes)}</span>
        )}
      </Td>
    </tr>
  );
}

function Size({ value }: { value: number }) {
  return (
    <Td className={cn("whitespace-nowrap text-right tabular-nums", !value && "text-soft")}>
      {bytes(value)}
    </Td>
  );
}
