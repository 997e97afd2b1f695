/** A row of a DataTable, and the one with the names of its columns. */
import { flexRender, type HeaderGroup, type Row } from "@tanstack/react-table";
import { memo, type ReactNode } from "react";

import { cn } from "@/lib/classes";

interface HeaderProps<Item> {
  groups: HeaderGroup<Item>[];
  tracks: string;
  /** Only to be heard: cards have no columns. */
  hidden: boolean;
  tick?: TickAll | undefined;
}

/** Ticks every row that is shown. */
export interface TickAll {
  state: "none" | "some" | "all";
  onTickAll: () => void;
}

/** Ticks a row; with shift, all from the one that was ticked before. */
export type OnTick = (id: string, shift: boolean) => void;

const TICK_TRACK = "1rem";
const BOX = "size-4 accent-brand relative z-10 block cursor-pointer";

export function HeaderRow<Item>({ groups, tracks, hidden, tick }: HeaderProps<Item>) {
  return (
    <div role="rowgroup" className={cn("sticky top-0 z-20", hidden && "sr-only")}>
      {groups.map((group) => (
        <div
          key={group.id}
          role="row"
          aria-rowindex={1}
          style={{ gridTemplateColumns: tick ? `${TICK_TRACK} ${tracks}` : tracks }}
          className="grid h-9 items-center gap-3 rounded-t-lg border-b bg-panel px-3 text-xs font-medium text-soft"
        >
          {tick && (
            <div role="columnheader">
              <input
                type="checkbox"
                aria-label="Select all that are shown"
                className={BOX}
                checked={tick.state === "all"}
                ref={(box) => {
                  if (box) box.indeterminate = tick.state === "some";
                }}
                onChange={tick.onTickAll}
              />
            </div>
          )}
          {group.headers.map((header) => (
            <div key={header.id} role="columnheader" className="min-w-0 truncate">
              {flexRender(header.column.columnDef.header, header.getContext())}
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}

interface RowProps<Item> {
  row: Row<Item>;
  index: number;
  start: number;
  height: number;
  tracks: string;
  card: ((row: Item) => ReactNode) | undefined;
  onTick: OnTick | undefined;
  selected: boolean;
  current: boolean;
  faded: boolean;
}

function DataRowOf<Item>(props: RowProps<Item>) {
  const { row, index, start, height, tracks, card, onTick, selected, current, faded } = props;
  const own = card ? "minmax(0, 1fr)" : tracks;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      data-row={row.id}
      data-faded={faded || undefined}
      data-current={current || undefined}
      aria-selected={onTick && selected}
      style={{
        height,
        transform: `translateY(${start}px)`,
        gridTemplateColumns: onTick ? `${TICK_TRACK} ${own}` : own,
      }}
      className={cn(
        "absolute inset-x-0 top-0 grid items-center gap-3 border-b px-3 hover:bg-sunken",
        selected && "bg-brand-soft hover:bg-brand-soft",
        current && "outline-2 -outline-offset-2 outline-focus",
        faded && "bg-sunken italic grayscale",
      )}
    >
      {onTick && (
        <div role="cell">
          <input
            type="checkbox"
            aria-label={`Select ${row.id}`}
            className={BOX}
            checked={selected}
            // The range needs to know of shift, which a change does not tell.
            onClick={(event) => onTick(row.id, event.shiftKey)}
            onChange={() => undefined}
          />
        </div>
      )}
      {card ? (
        <div role="cell" className="min-w-0">
          {card(row.original)}
        </div>
      ) : (
        row.getVisibleCells().map((cell) => (
          <div key={cell.id} role="cell" className="min-w-0">
            {flexRender(cell.column.columnDef.cell, cell.getContext())}
          </div>
        ))
      )}
    </div>
  );
}

/** TanStack Table makes its rows anew whenever others come into sight: what they show decides. */
function same<Item>(one: RowProps<Item>, other: RowProps<Item>): boolean {
  return (
    one.row.original === other.row.original &&
    one.row.getVisibleCells().length === other.row.getVisibleCells().length &&
    one.index === other.index &&
    one.start === other.start &&
    one.height === other.height &&
    one.tracks === other.tracks &&
    one.card === other.card &&
    one.onTick === other.onTick &&
    one.selected === other.selected &&
    one.current === other.current &&
    one.faded === other.faded
  );
}

export const DataRow = memo(DataRowOf, same) as typeof DataRowOf;
