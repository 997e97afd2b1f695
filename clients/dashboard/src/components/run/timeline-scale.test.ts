import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { moved, placeOf, tickLabel, ticksOf, zoomed } from "@/components/run/timeline-scale";

describe("ticksOf", () => {
  it("writes round times", () => {
    expect(ticksOf({ from: 0, to: 1000 }, 5)).toEqual([0, 200, 400, 600, 800, 1000]);
    expect(ticksOf({ from: 130, to: 340 }, 5).map(tickLabel)).toEqual([
      "150 ms",
      "200 ms",
      "250 ms",
      "300 ms",
    ]);
    expect(ticksOf({ from: 0, to: 3_600_000 }, 6).map(tickLabel)).toEqual([
      "0",
      "10:00",
      "20:00",
      "30:00",
      "40:00",
      "50:00",
      "1:00:00",
    ]);
  });

  it("has some, but never too many, whatever is shown", () => {
    const stretch = fc.tuple(fc.nat(), fc.double({ min: 5, max: 1e11, noNaN: true }));
    fc.assert(
      fc.property(stretch, fc.integer({ min: 2, max: 20 }), ([from, length], most) => {
        const ticks = ticksOf({ from, to: from + length }, most);
        expect(ticks.length).toBeLessThanOrEqual(most + 1);
        for (const tick of ticks) expect(tick).toBeGreaterThanOrEqual(from);
        expect(new Set(ticks.map(tickLabel)).size).toBe(ticks.length);
      }),
    );
  });

  it("has none for nothing", () => {
    expect(ticksOf({ from: 5, to: 5 }, 4)).toEqual([]);
  });
});

describe("placeOf", () => {
  it("cuts at the ends of what is shown", () => {
    expect(placeOf({ from: 100, to: 200 }, 50, 150)).toEqual({ left: 0, width: 50 });
    expect(placeOf({ from: 100, to: 200 }, 10, 20)).toBeNull();
  });
});

describe("zoomed and moved", () => {
  it("stay within the whole, around where one points", () => {
    const whole = { from: 0, to: 1000 };
    expect(zoomed(whole, whole, 0.5, 0)).toEqual({ from: 0, to: 500 });
    expect(zoomed({ from: 400, to: 600 }, whole, 0.5)).toEqual({ from: 450, to: 550 });
    expect(zoomed({ from: 400, to: 600 }, whole, 100)).toEqual(whole);
    expect(moved({ from: 400, to: 600 }, whole, 700)).toEqual({ from: 800, to: 1000 });
    fc.assert(
      fc.property(
        fc.nat(900),
        fc.nat(99),
        fc.double({ min: 0.01, max: 50, noNaN: true }),
        (from, more, factor) => {
          const next = zoomed({ from, to: from + more + 1 }, whole, factor, from);
          expect(next.from).toBeGreaterThanOrEqual(-1e-6);
          expect(next.to).toBeLessThanOrEqual(1000 + 1e-6);
          expect(next.to - next.from).toBeGreaterThan(0);
        },
      ),
    );
  });
});
