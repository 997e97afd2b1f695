/** The least that a JSON Schema takes: for examples that work as they stand. */

type Json = Record<string, unknown>;

const DEEPEST = 6;
const BY_TYPE: Readonly<Record<string, unknown>> = {
  string: "text",
  integer: 1,
  number: 1,
  boolean: true,
  array: [],
  null: null,
};

/** Return a value that a schema takes, as far as its simple keywords tell. */
export function exampleOf(schema: unknown, depth = 0): unknown {
  if (!isObject(schema) || depth > DEEPEST) return {};
  for (const given of [schema["default"], schema["const"], first(schema["examples"])])
    if (given !== undefined) return given;
  if (Array.isArray(schema["enum"])) return first(schema["enum"]);
  const type: unknown = Array.isArray(schema["type"]) ? first(schema["type"]) : schema["type"];
  if (type === "number" || type === "integer") return schema["minimum"] ?? BY_TYPE[type];
  if (type === "array" && schema["minItems"]) return [exampleOf(schema["items"], depth + 1)];
  if (typeof type === "string" && type in BY_TYPE) return BY_TYPE[type];
  return objectOf(schema, depth);
}

function objectOf(schema: Json, depth: number): Json {
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const pairs = required.map((name) => [name, exampleOf(properties[name], depth + 1)] as const);
  return Object.fromEntries(pairs);
}

function first(list: unknown): unknown {
  return Array.isArray(list) ? list[0] : undefined;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
