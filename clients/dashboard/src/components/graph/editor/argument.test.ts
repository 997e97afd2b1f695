import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { argumentFrom, argumentText, parametersOf } from "@/components/graph/editor/argument";

describe("arguments", () => {
  it("are values, texts, or references", () => {
    expect(argumentFrom("1.5", "number")).toBe(1.5);
    expect(argumentFrom("${state.value}", "number")).toBe("${state.value}");
    expect(argumentFrom("12", "string")).toBe("12");
    expect(argumentFrom("", "string")).toBeUndefined();
    expect(argumentFrom("[1]", "array")).toEqual([1]);
  });

  it("are shown as they were typed", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const type = typeof value === "string" ? "string" : "";
        const text = argumentText(value);
        expect(argumentFrom(text, type)).toEqual(
          text === "" ? undefined : JSON.parse(JSON.stringify(value)),
        );
      }),
    );
  });

  it("are named by a tool's schema", () => {
    const schema = { properties: { a: { type: "number" }, b: { default: 2 } }, required: ["a"] };
    expect(parametersOf(schema)).toMatchObject([
      { name: "a", required: true, type: "number" },
      { name: "b", required: false, default: 2 },
    ]);
    expect(parametersOf(true)).toEqual([]);
  });
});
