/** CSV as a table: however long, only what is in sight is drawn. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";

import { rowsOf } from "@/components/artifact/table";
import { count } from "@/lib/numbers";

interface Props {
  text: string;
  whole: boolean;
  label: string;
}

const ROW_PX = 30;
/** Columns are as wide as their beginning asks for. */
const LOOKED_AT = 100;
const WIDTH = { least: 6, most: 40 };

export default function CsvTable({ text, whole, label }: Props) {
  const { head, rows, more, trouble } = useMemo(() => rowsOf(text, whole), [text, whole]);
  const template = useMemo(() => columns(head, rows), [head, rows]);
  const frame = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- what it returns is not passed on
  const shown = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  const layout = { gridTemplateColumns: template };
  return (
    <div className="grid min-w-0 gap-2">
      <div
        ref={frame}
        role="region"
        aria-label={label}
        tabIndex={0}
        className="max-h-[60dvh] overflow-auto rounded-md border"
      >
        <div
          role="table"
          aria-label={label}
          aria-rowcount={rows.length + 1}
          aria-colcount={head.length}
          className="w-max min-w-full text-[13px]"
        >
          <div
            role="row"
            aria-rowindex={1}
            style={layout}
            className="sticky top-0 z-10 grid border-b bg-sunken font-medium"
          >
            {head.map((name, column) => (
              <div key={column} role="columnheader" className="truncate px-2 py-1.5" title={name}>
                {name}
              </div>
            ))}
          </div>
          <div role="rowgroup" className="relative" style={{ height: shown.getTotalSize() }}>
            {shown.getVirtualItems().map(({ index, start }) => (
              <div
                key={index}
                role="row"
                aria-rowindex={index + 2}
                style={{ ...layout, height: ROW_PX, transform: `translateY(${start}px)` }}
                className="absolute inset-x-0 top-0 grid border-b hover:bg-sunken"
              >
                {head.map((_, column) => (
                  <div key={column} role="cell" className="truncate px-2 py-1 tabular-nums">
                    {rows[index]?.[column] ?? ""}
                  </div>
                ))}
              </div>
            ))}
          </div>
        </div>
      </div>
      <p className="text-xs text-soft">
        {count(rows.length)} {rows.length === 1 ? "row" : "rows"}, {count(head.length)}{" "}
        {head.length === 1 ? "column" : "columns"}
        {more && "; these are the first of more"}
        {trouble && `. ${trouble}`}
      </p>
    </div>
  );
}

function columns(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return head
    .map((name, column) => {
      const lengths = rows.slice(0, LOOKED_AT).map((row) => row[column]?.length ?? 0);
      const longest = Math.max(name.length, ...lengths) + 2;
      return `minmax(${Math.min(WIDTH.most, Math.max(WIDTH.least, longest))}ch, 1fr)`;
    })
    .join(" ");
}
