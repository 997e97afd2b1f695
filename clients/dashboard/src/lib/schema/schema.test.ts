import { describe, expect, it } from "vitest";

import { faultsOf } from "@/lib/schema/faults";
import { chosen, initial } from "@/lib/schema/initial";
import { place, shownPaths } from "@/lib/schema/path";
import { shapeOf } from "@/lib/schema/shape";
import { numberOf, parsed, says } from "@/lib/schema/typed";

const ORDER = {
  $defs: {
    Row: {
      type: "object",
      title: "Row",
      properties: { name: { type: "string", minLength: 2 }, count: { type: "integer" } },
      required: ["name"],
      additionalProperties: false,
    },
    Card: {
      type: "object",
      properties: { kind: { const: "card" }, number: { type: "string" } },
      required: ["kind", "number"],
    },
    Cash: { type: "object", properties: { kind: { const: "cash" } }, required: ["kind"] },
  },
  type: "object",
  properties: {
    amount: { type: "number", exclusiveMinimum: 0 },
    note: { anyOf: [{ type: "string", maxLength: 5 }, { type: "null" }], default: null },
    rows: { type: "array", items: { $ref: "#/$defs/Row" } },
    limit: { type: "integer", default: 3 },
    pay: { oneOf: [{ $ref: "#/$defs/Card" }, { $ref: "#/$defs/Cash" }] },
    tags: { type: "object", additionalProperties: { type: "integer" } },
    pair: { type: "array", prefixItems: [{ type: "string" }, { type: "integer" }], maxItems: 2 },
    first: { $ref: "#/$defs/Row", description: "The first." },
  },
  required: ["amount", "rows", "limit"],
  additionalProperties: false,
};

const field = (name: keyof (typeof ORDER)["properties"]) => shapeOf(ORDER.properties[name], ORDER);
const faults = (value: unknown) =>
  Object.fromEntries(
    faultsOf(ORDER, value, "spec.input").map((each) => [each.field, each.description]),
  );

describe("shapes", () => {
  it("takes null away from what may be null", () => {
    expect(field("note")).toMatchObject({ kind: "text", nullable: true, maxLength: 5 });
    expect(shapeOf({ type: ["integer", "null"] }, {})).toMatchObject({
      kind: "number",
      integer: true,
      nullable: true,
    });
  });
  it("follows references, and what stands beside them wins", () => {
    expect(field("first")).toMatchObject({
      kind: "object",
      title: "Row",
      description: "The first.",
    });
  });
  it("says bounds in words", () => {
    expect(field("amount")).toMatchObject({ kind: "number", bounds: "more than 0" });
  });
  it("tells alternatives, tuples and names of one's own", () => {
    expect(field("pay")).toMatchObject({ kind: "union", options: [{}, {}] });
    expect(field("pair")).toMatchObject({ kind: "list", rest: null });
    expect(field("tags")).toMatchObject({ kind: "object", extra: { type: "integer" } });
    expect(shapeOf({ anyOf: [{ const: "a" }, { const: "b" }] }, {})).toMatchObject({
      kind: "choice",
      options: ["a", "b"],
    });
  });
  it("leaves to JSON what no form shows", () => {
    expect(shapeOf({}, {}).kind).toBe("any");
    expect(shapeOf(true, {}).kind).toBe("any");
    expect(shapeOf({ $ref: "https://elsewhere.example/x" }, {}).kind).toBe("any");
  });
  it("ends where references go in a circle", () => {
    const circle = { $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } } };
    expect(shapeOf({ $ref: "#/$defs/a" }, circle).kind).toBe("any");
  });
});

describe("what a form begins with", () => {
  it("is what must be there, with defaults", () => {
    expect(initial(ORDER, ORDER)).toEqual({ rows: [], limit: 3 });
    expect(initial(ORDER.properties.pay, ORDER)).toEqual({ kind: "card" });
    expect(initial(ORDER.properties.note, ORDER)).toBeNull();
  });
  it("ends where a schema contains itself", () => {
    const node = { type: "object", properties: { next: { $ref: "#" } }, required: ["next"] };
    expect(JSON.stringify(initial(node, node)).length).toBeLessThan(200);
  });
  it("finds the alternative of a value by its tag", () => {
    const shape = field("pay");
    if (shape.kind !== "union") throw new Error("no union");
    expect(chosen(shape.options, { kind: "cash" }, ORDER)).toBe(1);
    expect(chosen(shape.options, { kind: "card" }, ORDER)).toBe(0);
  });
});

describe("faults", () => {
  it("stand at the paths that the server would name", () => {
    expect(faults({ amount: -1, rows: [{}, { name: "x" }], limit: 1, zz: 1 })).toEqual({
      "spec.input.amount": "This must be more than 0.",
      "spec.input.rows[0].name": "This is needed.",
      "spec.input.rows[1].name": "This must have at least 2 characters.",
      "spec.input.zz": "There is no such field.",
    });
  });
  it("are those of the alternative that is meant", () => {
    const whole = { amount: 1, rows: [], limit: 1 };
    expect(faults({ ...whole, note: "too long" })).toEqual({
      "spec.input.note": "This must have at most 5 characters.",
    });
    expect(faults({ ...whole, pay: { kind: "card" } })).toEqual({
      "spec.input.pay.number": "This is needed.",
    });
    expect(faults({ ...whole, pay: { kind: "gold" } })).toEqual({
      "spec.input.pay": "This fits none of the alternatives.",
    });
  });
  it("name what is in maps by its name, numbers too", () => {
    expect(faults({ amount: 1, rows: [], limit: 1, tags: { "7": "x", "a/b c": 1.5 } })).toEqual({
      'spec.input.tags["7"]': "This must be integer.",
      'spec.input.tags["a/b c"]': "This must be integer.",
    });
  });
  it("are none where a schema cannot be read", () => {
    expect(faultsOf({ type: "string", pattern: "(?P<x>a)" }, "b", "answer")).toEqual([]);
  });
});

describe("violations", () => {
  const value = { rows: [{ name: "x" }], tags: { a: 1, "b.c [d]": 2 } };
  const shown = shownPaths(ORDER, value, "spec.input");
  const at = (field: string) => place([{ field, description: "No." }], shown, "spec.input");
  it("stand beside their field", () => {
    expect(at("spec.input.rows[0].name").beside.get("spec.input.rows[0].name")).toBe("No.");
    expect(at("spec.input.tags.a").beside.get("spec.input.tags.a")).toBe("No.");
    const odd = 'spec.input.tags["b.c [d]"]';
    expect(at(odd).beside.get(odd)).toBe("No.");
  });
  it("stand beside what they are in, if they have no field", () => {
    expect(at("spec.input.rows[7].name").beside.get("spec.input.rows")).toBe("No.");
  });
  it("are the rest if they are of nothing that is shown", () => {
    expect(at("spec.labels.x").rest).toHaveLength(1);
    expect(at("spec.input").rest).toHaveLength(1);
    expect(at("").rest).toHaveLength(1);
  });
});

describe("what is typed", () => {
  it("is a number, nothing, or kept as text", () => {
    expect([" 1.5 ", "-2e3", "", "x1", "1."].map(numberOf)).toEqual([
      1.5,
      -2000,
      undefined,
      "x1",
      1,
    ]);
  });
  it("is JSON, or says why not", () => {
    expect(parsed('{"a": 1}').value).toEqual({ a: 1 });
    expect(parsed("{").fault).toContain("no JSON");
    expect(says('{ "a":1 }', { a: 1 })).toBe(true);
    expect(says('{ "a":2 }', { a: 1 })).toBe(false);
  });
});
