import { expect, it } from "vitest";

import { allOrNone, NOTHING_SELECTED, ranged, toggled } from "@/components/runs/selection";

const order = ["a", "b", "c", "d", "e"];

it("ticks and clears one", () => {
  const one = toggled(NOTHING_SELECTED, "b");
  expect([...one.ids]).toEqual(["b"]);
  expect([...toggled(one, "b").ids]).toEqual([]);
});

it("ticks a range either way, and clears one", () => {
  const up = ranged(toggled(NOTHING_SELECTED, "d"), "b", order);
  expect([...up.ids].sort()).toEqual(["b", "c", "d"]);
  const cleared = ranged(toggled(up, "b"), "c", order);
  expect([...cleared.ids]).toEqual(["d"]);
});

it("ticks one where the row before is gone", () => {
  expect([...ranged({ ids: new Set(["x"]), anchor: "x" }, "b", order).ids]).toEqual(["x", "b"]);
});

it("ticks all that are shown, or none", () => {
  const all = allOrNone(toggled(NOTHING_SELECTED, "c"), order);
  expect(all.ids.size).toBe(5);
  expect(allOrNone(all, order).ids.size).toBe(0);
});
