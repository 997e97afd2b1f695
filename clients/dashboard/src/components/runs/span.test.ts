import { expect, it } from "vitest";

import { duration, milliseconds, spanOf, spoken } from "@/components/runs/span";

it("reads and speaks spans", () => {
  expect(milliseconds(spanOf("15m"))).toBe(900_000);
  expect(duration("7d")).toBe("604800s");
  expect([spoken("1h"), spoken("24h"), spoken(undefined)]).toEqual([
    "last hour",
    "last 24 hours",
    "any time",
  ]);
  expect([spanOf("h"), spanOf("1y"), spanOf("-1h"), spanOf("123456d")]).toEqual(
    Array(4).fill(undefined),
  );
});
