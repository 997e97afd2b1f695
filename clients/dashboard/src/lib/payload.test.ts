import { expect, it } from "vitest";

import { bytes, count } from "@/lib/numbers";
import { brief, pretty, valueOf } from "@/lib/payload";

it("returns what a payload holds, false and null too", () => {
  expect(valueOf({ json: false })).toBe(false);
  expect(valueOf({ json: null })).toBeNull();
  expect(valueOf({ artifactId: "a-1" })).toEqual({ $artifact: "a-1" });
  expect(valueOf({ data: "AAE=", contentType: "image/png" })).toBe("AAE=");
  expect(valueOf(undefined)).toBeUndefined();
});

it("shows values on one line, and cuts them", () => {
  expect(brief({ a: [1, 2] })).toBe('{"a":[1,2]}');
  expect(brief("x".repeat(20), 10)).toBe("xxxxxxxxx…");
  expect(brief(undefined)).toBe("");
  expect(pretty(undefined)).toBe("");
});

it("spells numbers and sizes", () => {
  expect(count("1234567")).toBe("1,234,567");
  expect(bytes(999)).toBe("999 B");
  expect(bytes("1500")).toBe("1.5 kB");
  expect(bytes(3_400_000_000)).toBe("3.4 GB");
});
