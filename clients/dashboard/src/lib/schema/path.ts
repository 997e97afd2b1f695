/** Where violations stand in a form. */
import type { Violation } from "@/api/errors";
import { itemSchema, chosen } from "@/lib/schema/initial";
import { join } from "@/lib/schema/join";
import { isRecord } from "@/lib/schema/resolve";
import { shapeOf } from "@/lib/schema/shape";

/** Return the paths of everything that a form shows of a value. */
export function shownPaths(schema: unknown, value: unknown, path: string): ReadonlySet<string> {
  const shown = new Set<string>();
  const visit = (each: unknown, found: unknown, at: string) => {
    shown.add(at);
    const shape = shapeOf(each, schema);
    if (shape.kind === "union" && found !== undefined)
      return visit(shape.options[chosen(shape.options, found, schema)]?.schema, found, at);
    if (shape.kind === "list" && Array.isArray(found))
      found.forEach((item, index) => visit(itemSchema(shape, index), item, join(at, index)));
    if (shape.kind !== "object" || (!isRecord(found) && at !== path)) return;
    const record = isRecord(found) ? found : {};
    const known = new Set(shape.fields.map((field) => field.name));
    for (const field of shape.fields) visit(field.schema, record[field.name], join(at, field.name));
    for (const name of Object.keys(record))
      if (!known.has(name)) visit(shape.extra ?? {}, record[name], join(at, name));
  };
  visit(schema, value, path);
  return shown;
}

export interface Placed {
  /** Descriptions by the path beside which they stand. */
  beside: ReadonlyMap<string, string>;
  /** What has no place in the form. */
  rest: readonly Violation[];
}

/** Put each violation beside the innermost thing that is shown; what belongs to none is the rest. */
export function place(
  violations: readonly Violation[],
  shown: ReadonlySet<string>,
  root: string,
): Placed {
  const beside = new Map<string, string>();
  const rest: Violation[] = [];
  for (const each of violations) {
    const at = ancestors(each.field).find((path) => shown.has(path) && path !== root);
    if (at === undefined) rest.push(each);
    else if (!beside.get(at)?.includes(each.description))
      beside.set(at, [beside.get(at), each.description].filter(Boolean).join(" "));
  }
  return { beside, rest };
}

/** Return a path and those of what it is in, the innermost first. */
function ancestors(path: string): string[] {
  const found = [path];
  for (let end = path.length - 1; end > 0; end--)
    if (path[end] === "." || path[end] === "[") found.push(path.slice(0, end));
  return found;
}
