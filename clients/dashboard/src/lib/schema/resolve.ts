/** Follows the references of a JSON Schema within its document. */

export type Schema = Record<string, unknown>;

/** So many references may lead to one another. */
const MAX_STEPS = 32;

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Return a record without some of its names. */
export function without(record: Schema, ...names: readonly string[]): Schema {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}

/** Return a schema without `$ref` and single `allOf`; what stands beside them wins. */
export function resolve(schema: unknown, root: unknown): Schema {
  let found: Schema = isRecord(schema) ? schema : {};
  for (let step = 0; step < MAX_STEPS; step++) {
    const next = target(found, root);
    if (!next) return found;
    found = { ...next, ...without(found, "$ref", "allOf") };
  }
  return {};
}

function target(schema: Schema, root: unknown): Schema | null {
  const all = schema["allOf"];
  if (Array.isArray(all) && all.length === 1 && isRecord(all[0])) return all[0];
  if (typeof schema["$ref"] !== "string") return null;
  return pointed(root, schema["$ref"]) ?? {};
}

/** Return what a reference as `#/$defs/Row` points to. */
function pointed(root: unknown, reference: string): Schema | null {
  if (!reference.startsWith("#")) return null;
  let found: unknown = root;
  for (const part of reference.slice(1).split("/").slice(1)) {
    const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    if (!isRecord(found) && !Array.isArray(found)) return null;
    found = (found as Record<string, unknown>)[name];
  }
  return isRecord(found) ? found : null;
}
