import fc from "fast-check";
import { expect, it } from "vitest";

import { bytesOf, sizeOf } from "@/lib/sizes";

it("reads what people type", () => {
  expect(bytesOf("2GiB")).toBe(2 * 1024 ** 3);
  expect(bytesOf("500 mb")).toBe(500_000_000);
  expect(bytesOf("1.5k")).toBe(1500);
  expect(bytesOf(" 12 ")).toBe(12);
  expect(bytesOf("")).toBe(0);
});

it.each(["x", "-1", "5 parsecs", "1 iB", "1e3"])("%j is no size", (text) => {
  expect(bytesOf(text)).toBeUndefined();
});

it("spells sizes so that they are read back", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 50 }), (bytes) => {
      expect(bytesOf(sizeOf(bytes))).toBe(bytes);
    }),
  );
  expect(sizeOf(2 * 1024 ** 3)).toBe("2 GiB");
  expect(sizeOf(500_000_000)).toBe("500 MB");
});
