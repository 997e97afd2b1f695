/**
 * Rows of any number, of which only those in sight are there.
 *
 * The page scrolls, not the table: the header of columns stays at the top. TanStack Table is given the
 * rows in sight only, so that a hundred thousand cost no more than forty.
 */
import { getCoreRowModel, useReactTable } from "@tanstack/react-table";
import type { ColumnDef, RowData, VisibilityState } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useImperativeHandle, useRef, type ReactNode, type Ref } from "react";

import { DataRow, HeaderRow, type OnTick, type TickAll } from "@/components/data-row";
import { useOffsetIn } from "@/lib/offset";
import { useSame } from "@/lib/same";

declare module "@tanstack/react-table" {
  // The names are TanStack's.
  interface ColumnMeta<TData extends RowData, TValue> {
    /** A track of a CSS grid, as `minmax(8rem, 1fr)`. */
    track?: string;
    /** What the column is called where its header shows something else, for choosing columns. */
    name?: string;
    readonly never?: [TData, TValue];
  }
}

/** What a page tells the table to do. */
export interface TableHandle {
  /** Bring a row into sight. */
  show: (index: number) => void;
  /** Back to the newest. */
  toTop: () => void;
}

export interface DataTableProps<Row> {
  label: string;
  rows: readonly Row[];
  rowId: (row: Row) => string;
  columns: ColumnDef<Row>[];
  visible?: VisibilityState;
  rowHeight: number;
  /** Shown in place of the columns where there is no room for them. */
  card?: ((row: Row) => ReactNode) | undefined;
  selected?: ReadonlySet<string>;
  /** Rows can be ticked. */
  onTick?: OnTick | undefined;
  tickAll?: TickAll | undefined;
  /** The row under the keyboard's cursor. */
  cursor?: string | null;
  /** Whether a row is shown although it should not be any more. */
  faded?: (row: Row) => boolean;
  handle?: Ref<TableHandle>;
  /** The last rows are in sight, or no longer. */
  onEnd?: (end: boolean) => void;
  /** The first rows are in sight, or no longer. */
  onTop?: (top: boolean) => void;
}

const OVERSCAN = 12;
const ALL_VISIBLE: VisibilityState = {};
const scroller = () => document.getElementById("main");

export function DataTable<Row>(props: DataTableProps<Row>) {
  const {
    rows,
    rowId,
    columns,
    visible = ALL_VISIBLE,
    rowHeight,
    card,
    handle,
    onEnd,
    onTop,
  } = props;
  const body = useRef<HTMLDivElement>(null);
  const offset = useOffsetIn(scroller, body);
  // eslint-disable-next-line react-hooks/incompatible-library -- React's compiler has no part in the build
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: scroller,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    scrollMargin: offset,
    // Below the header of columns.
    scrollPaddingStart: 48,
    scrollPaddingEnd: 72,
    getItemKey: (index) => {
      const row = rows[index];
      return row === undefined ? index : rowId(row);
    },
  });
  useEffect(() => virtual.measure(), [virtual, rowHeight]);
  const items = virtual.getVirtualItems();
  const inSight = useSame(
    items.flatMap(({ index }) => {
      const row = rows[index];
      return row === undefined ? [] : [row];
    }),
  );
  const table = useReactTable({
    data: inSight,
    columns,
    getRowId: rowId,
    getCoreRowModel: getCoreRowModel(),
    // Other rows come into sight with every step: there is no page to go back to.
    autoResetAll: false,
    state: { columnVisibility: visible },
  });
  const last = items.at(-1)?.index ?? -1;
  const ending = last >= rows.length - 1 - OVERSCAN;
  useEffect(() => onEnd?.(ending), [ending, onEnd]);
  const top = (virtual.scrollOffset ?? 0) <= offset;
  useEffect(() => onTop?.(top), [top, onTop]);
  useImperativeHandle(handle, () => ({
    show: (index) => virtual.scrollToIndex(index, { align: "auto" }),
    toTop: () => scroller()?.scrollTo({ top: 0 }),
  }));
  const tracks = table
    .getVisibleLeafColumns()
    .map((column) => column.columnDef.meta?.track ?? "minmax(0, 1fr)")
    .join(" ");
  return (
    <div role="table" aria-label={props.label} aria-rowcount={rows.length + 1} className="text-sm">
      <HeaderRow
        groups={table.getHeaderGroups()}
        tracks={tracks}
        hidden={Boolean(card)}
        tick={props.tickAll}
      />
      <div
        ref={body}
        role="rowgroup"
        className="relative"
        style={{ height: virtual.getTotalSize() }}
      >
        {table.getRowModel().rows.map((row, at) => {
          const item = items[at];
          return (
            <DataRow
              key={row.id}
              row={row}
              index={item?.index ?? 0}
              start={(item?.start ?? 0) - offset}
              height={rowHeight}
              tracks={tracks}
              card={card}
              onTick={props.onTick}
              selected={props.selected?.has(row.id) ?? false}
              current={props.cursor === row.id}
              faded={props.faded?.(row.original) ?? false}
            />
          );
        })}
      </div>
    </div>
  );
}
