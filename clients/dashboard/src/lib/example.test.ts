import { expect, it } from "vitest";

import { exampleOf } from "@/lib/example";

it("has what is required, and nothing else", () => {
  const schema = {
    type: "object",
    required: ["amount", "name", "kind", "rows", "more"],
    properties: {
      amount: { type: "number", minimum: 5 },
      name: { type: ["string", "null"] },
      kind: { enum: ["a", "b"] },
      rows: { type: "array", minItems: 1, items: { type: "integer" } },
      more: { type: "object" },
      left: { type: "string" },
    },
  };
  expect(exampleOf(schema)).toEqual({ amount: 5, name: "text", kind: "a", rows: [1], more: {} });
});

it("takes what the schema gives", () => {
  expect(exampleOf({ type: "string", default: "x" })).toBe("x");
  expect(exampleOf({ examples: [{ a: 1 }] })).toEqual({ a: 1 });
});

it("ends", () => {
  const schema: Record<string, unknown> = { type: "object", required: ["a"] };
  schema["properties"] = { a: schema };
  expect(JSON.stringify(exampleOf(schema)).length).toBeLessThan(80);
  expect(exampleOf(undefined)).toEqual({});
});
