import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { ago, between, clock, exact, milliseconds, spell } from "@/lib/time";

const NOW = Date.parse("2026-11-21T12:00:00Z");

describe("ago", () => {
  it.each([
    ["2026-11-21T12:00:00Z", "now"],
    ["2026-11-21T11:59:20Z", "40 sec. ago"],
    ["2026-11-21T11:57:00Z", "3 min. ago"],
    ["2026-11-21T14:00:00Z", "in 2 hr."],
    ["2026-11-19T12:00:00Z", "2 days ago"],
  ])("says of %s %s", (time, said) => {
    expect(ago(time, NOW)).toBe(said);
  });
});

describe("spell", () => {
  it.each([
    [0, "0 ms"],
    [850, "850 ms"],
    [12_400, "12.4 s"],
    [185_000, "3 min 05 s"],
    [7_800_000, "2 h 10 min"],
    [356_400_000, "4 d 3 h"],
    [Number.NaN, "–"],
    [-5, "0 ms"],
  ])("says of %d ms %s", (ms, said) => {
    expect(spell(ms)).toBe(said);
  });

  it("never has sixty of what has a larger unit", () => {
    fc.assert(
      fc.property(fc.integer({ min: 60_000, max: 1e9 }), (ms) => {
        expect(spell(ms)).not.toMatch(/\b60 (s|min)\b/);
      }),
    );
  });
});

it("reads durations and intervals", () => {
  expect(milliseconds("1.5s")).toBe(1500);
  expect(milliseconds(undefined)).toBe(0);
  expect(between("2026-11-21T11:59:00Z", undefined, NOW)).toBe(60_000);
  expect(between("2026-11-21T11:59:00Z", "2026-11-21T11:59:01Z", NOW)).toBe(1000);
  expect(between(undefined, undefined, NOW)).toBeNaN();
});

it("tells local times to the millisecond", () => {
  const local = new Date(2026, 10, 21, 9, 5, 7, 42).toISOString();
  expect(clock(local)).toBe("09:05:07.042");
  expect(exact(local)).toBe("2026-11-21 09:05:07.042");
});
