/** Rows of the event log: events, and between them what retention removed. */

export type Removed = readonly [first: number, last: number];

export interface Rows {
  readonly count: number;
  /** The position of the event in a row, or the range that was removed there. */
  at: (row: number) => number | Removed;
  /** The row of the first event at or behind a position; -1 if there is none. */
  rowOf: (position: number) => number;
}

/**
 * Return the rows for events at `positions` (all of `total`, if null), with gaps between them.
 *
 * `before[i]` says at which position the event behind the i-th gap is.
 */
export function rowsOf(
  total: number,
  positions: readonly number[] | null,
  gaps: readonly Removed[],
  positionOf: (sequence: number) => number,
): Rows {
  if (positions) {
    // A filter finds events only; how many are gone is told above them. It may grow meanwhile.
    const count = positions.length;
    return {
      count,
      at: (row) => positions[row] ?? 0,
      rowOf: (position) => {
        const row = firstAtLeast(count, (at) => positions[at] ?? 0, position);
        return row < count ? row : -1;
      },
    };
  }
  // The row of each gap: as many events and gaps stand before it.
  const gapRows = gaps.map(([, last], at) => positionOf(last + 1) + at);
  return {
    count: total + gaps.length,
    at: (row) => {
      const before = firstAtLeast(gapRows.length, (at) => gapRows[at] ?? 0, row);
      return gapRows[before] === row ? (gaps[before] ?? row) : row - before;
    },
    rowOf: (position) => {
      if (position >= total) return -1;
      const before = firstAtLeast(gapRows.length, (at) => (gapRows[at] ?? 0) - at, position + 1);
      return position + before;
    },
  };
}

/** Return ranges by order, with those that touch made one. */
export function mergedRanges(ranges: readonly Removed[]): Removed[] {
  const merged: Removed[] = [];
  for (const range of ranges.toSorted((one, other) => one[0] - other[0])) {
    const before = merged.at(-1);
    if (before && range[0] <= before[1] + 1)
      merged[merged.length - 1] = [before[0], Math.max(before[1], range[1])];
    else merged.push(range);
  }
  return merged;
}

function firstAtLeast(count: number, value: (at: number) => number, wanted: number): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value(middle) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
