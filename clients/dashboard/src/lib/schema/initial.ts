/** Values that a form begins with, and which alternative of a union a value is. */
import { fits } from "@/lib/schema/faults";
import type { Schema } from "@/lib/schema/resolve";
import { isRecord } from "@/lib/schema/resolve";
import { shapeOf, type Option, type Shape } from "@/lib/schema/shape";

/** Schemas may contain themselves. */
const MAX_DEPTH = 8;

/**
 * Return what to begin with: what must be there, and nothing that the graph would fill in by itself.
 * Undefined stands for a value that only a person can give.
 */
export function initial(schema: unknown, root: unknown, depth = 0): unknown {
  const shape = shapeOf(schema, root);
  if (shape.fallback !== undefined) return shape.fallback;
  if (shape.nullable) return null;
  if (depth >= MAX_DEPTH) return undefined;
  switch (shape.kind) {
    case "choice":
      return shape.options.length === 1 ? shape.options[0] : undefined;
    case "object":
      return Object.fromEntries(
        shape.fields
          .filter((each) => each.required)
          .map((each) => [each.name, initial(each.schema, root, depth + 1)] as const)
          .filter(([, value]) => value !== undefined),
      );
    case "list":
      return Array.from({ length: Math.max(shape.min, shape.first.length) }, (_, index) =>
        initial(itemSchema(shape, index), root, depth + 1),
      ).map((each) => each ?? null);
    case "union":
      return initial(shape.options[0]?.schema, root, depth + 1);
    case "any":
      return depth === 0 ? {} : null;
    default:
      return undefined;
  }
}

/** Return what a new item of a list begins with: empty text is text, as nothing is not. */
export function initialItem(schema: unknown, root: unknown): unknown {
  const found = initial(schema, root, 1);
  if (found !== undefined) return found;
  return shapeOf(schema, root).kind === "text" ? "" : null;
}

/** Return the schema of an item of a list. */
export function itemSchema(shape: Extract<Shape, { kind: "list" }>, index: number): Schema {
  return shape.first[index] ?? shape.rest ?? {};
}

/** Return which alternative a value is: one that it fits, or the one that it is most like. */
export function chosen(options: readonly Option[], value: unknown, root: unknown): number {
  const fitting = options.findIndex((each) => fits(each.schema, value, root));
  if (fitting >= 0) return fitting;
  const likeness = options.map((each) => like(shapeOf(each.schema, root), value, root));
  return Math.max(0, likeness.indexOf(Math.max(...likeness)));
}

function like(shape: Shape, value: unknown, root: unknown): number {
  if (shape.kind === "object") {
    if (!isRecord(value)) return 0;
    const names = shape.fields.filter((each) => each.name in value);
    // A tag as `kind: "circle"` tells more than any number of other names.
    const tags = names.filter((each) => {
      const tag = shapeOf(each.schema, root);
      return tag.kind === "choice" && tag.options.includes(value[each.name]);
    });
    return 1 + names.length + 100 * tags.length;
  }
  if (shape.kind === "list") return Array.isArray(value) ? 1 : 0;
  if (shape.kind === "text") return typeof value === "string" ? 1 : 0;
  return typeof value === shape.kind ? 1 : 0;
}
