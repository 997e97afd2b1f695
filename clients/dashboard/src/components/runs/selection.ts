/** Which rows are ticked, and from where a range is counted. */
export interface Selection {
  ids: ReadonlySet<string>;
  /** The row that was ticked last. */
  anchor: string | null;
}

export const NOTHING_SELECTED: Selection = { ids: new Set(), anchor: null };

/** Tick a row, or take its tick away. */
export function toggled({ ids }: Selection, id: string): Selection {
  const next = new Set(ids);
  if (!next.delete(id)) next.add(id);
  return { ids: next, anchor: id };
}

/** Tick or clear, as the anchor is, every row between the anchor and this one. */
export function ranged(before: Selection, id: string, order: readonly string[]): Selection {
  const { ids, anchor } = before;
  const from = anchor === null ? -1 : order.indexOf(anchor);
  const to = order.indexOf(id);
  if (from < 0 || to < 0 || anchor === null) return toggled(before, id);
  const next = new Set(ids);
  for (const each of order.slice(Math.min(from, to), Math.max(from, to) + 1)) {
    if (ids.has(anchor)) next.add(each);
    else next.delete(each);
  }
  return { ids: next, anchor: id };
}

/** Tick all rows that are shown; if they all are, none. */
export function allOrNone({ ids }: Selection, order: readonly string[]): Selection {
  if (order.every((id) => ids.has(id))) return NOTHING_SELECTED;
  return { ids: new Set([...ids, ...order]), anchor: null };
}
