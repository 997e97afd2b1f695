import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { mergedRanges, rowsOf, type Removed } from "@/components/run/event-rows";

/** The rows of a run whose events have these sequences. */
function rows(sequences: readonly number[], gaps: readonly Removed[]) {
  const positionOf = (wanted: number) => {
    const at = sequences.findIndex((each) => each >= wanted);
    return at < 0 ? sequences.length : at;
  };
  return rowsOf(sequences.length, null, gaps, positionOf);
}

describe("rowsOf", () => {
  it("puts what was removed where it was", () => {
    const shown = rows(
      [4, 5, 9],
      [
        [1, 3],
        [6, 8],
        [10, 12],
      ],
    );
    expect(Array.from({ length: shown.count }, (_, row) => shown.at(row))).toEqual([
      [1, 3],
      0,
      1,
      [6, 8],
      2,
      [10, 12],
    ]);
    expect([0, 1, 2, 3].map(shown.rowOf)).toEqual([1, 2, 4, -1]);
  });

  it("has only gaps where all was removed", () => {
    const shown = rows([], [[1, 200]]);
    expect(shown.count).toBe(1);
    expect(shown.at(0)).toEqual([1, 200]);
  });

  it("shows what a filter found, without gaps", () => {
    const shown = rowsOf(10, [2, 5], [[1, 3]], () => 0);
    expect([shown.count, shown.at(0), shown.at(1)]).toEqual([2, 2, 5]);
    expect([shown.rowOf(3), shown.rowOf(6)]).toEqual([1, -1]);
  });

  it("has every sequence once, in order, whatever was removed", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 60 }), (there) => {
        const all = there.map((_, at) => at + 1);
        const kept = all.filter((each) => there[each - 1]);
        const gone = mergedRanges(all.filter((each) => !there[each - 1]).map((at) => [at, at]));
        const shown = rows(kept, gone);
        const told = Array.from({ length: shown.count }, (_, row) => shown.at(row)).flatMap((at) =>
          typeof at === "number"
            ? [kept[at]]
            : Array.from({ length: at[1] - at[0] + 1 }, (_, more) => at[0] + more),
        );
        expect(told).toEqual(all);
        kept.forEach((_, position) => expect(shown.at(shown.rowOf(position))).toBe(position));
      }),
    );
  });
});

describe("mergedRanges", () => {
  it("makes one of those that touch", () => {
    expect(
      mergedRanges([
        [8, 9],
        [1, 3],
        [4, 6],
        [5, 5],
      ]),
    ).toEqual([
      [1, 6],
      [8, 9],
    ]);
  });
});
