/** The database on disk: its size, what of it is free, and its largest tables. */
import { useState } from "react";

import type { DatabaseStorage } from "@/api/storage";
import { Meter } from "@/components/Meter";
import { Button } from "@/components/ui/button";
import { Card, Fact, Facts } from "@/components/ui/card";
import { bytes } from "@/lib/numbers";

const FEW = 8;

export function Database({ database }: { database: DatabaseStorage }) {
  const [all, setAll] = useState(false);
  const tables = database.tables ?? [];
  const size = Number(database.sizeBytes ?? 0);
  const free = Number(database.freeBytes ?? 0);
  const largest = Math.max(1, ...tables.map((each) => Number(each.sizeBytes ?? 0)));
  return (
    <Card title="The database">
      <div className="grid gap-4">
        <Facts>
          <Fact name="On disk">{bytes(size)}</Fact>
          <Fact name="Used">{bytes(size - free)}</Fact>
          <Fact name="Free">{free ? bytes(free) : "not told"}</Fact>
        </Facts>
        {size > 0 && (
          <Meter
            label={`${bytes(size - free)} of ${bytes(size)} used`}
            of={size}
            parts={[{ name: "used", tone: "brand", value: size - free }]}
          />
        )}
        {tables.length > 0 && (
          <ul className="grid gap-x-8 gap-y-2 md:grid-cols-2" aria-label="Tables">
            {tables.slice(0, all ? undefined : FEW).map(({ name = "", sizeBytes }) => (
              <li key={name} className="grid min-w-0 gap-1">
                <p className="flex justify-between gap-2 text-[13px]">
                  <span className="truncate font-mono text-xs">{name}</span>
                  <span className="whitespace-nowrap tabular-nums">{bytes(sizeBytes)}</span>
                </p>
                <Meter
                  label={`${name}: ${bytes(sizeBytes)}`}
                  of={largest}
                  parts={[{ name, tone: "queued", value: Number(sizeBytes ?? 0) }]}
                  className="h-1"
                />
              </li>
            ))}
          </ul>
        )}
        {tables.length > FEW && (
          <Button
            size="sm"
            variant="ghost"
            className="justify-self-start"
            onClick={() => setAll(!all)}
          >
            {all ? "Show the largest only" : `Show all ${tables.length} tables`}
          </Button>
        )}
      </div>
    </Card>
  );
}
