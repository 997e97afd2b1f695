/** What a JSON Schema (draft 2020-12, as pydantic writes it) asks for, as a form shows it. */
import { isRecord, resolve, without, type Schema } from "@/lib/schema/resolve";

export interface Field {
  name: string;
  schema: Schema;
  required: boolean;
}

export interface Option {
  label: string;
  schema: Schema;
}

interface Text {
  kind: "text";
  /** `date-time`, `uuid`, `email` and so on; empty if any text will do. */
  format: string;
  minLength: number;
  maxLength: number | undefined;
}
interface Numeric {
  kind: "number";
  integer: boolean;
  /** What may be entered, in words: "at least 0, at most 100". */
  bounds: string;
}
interface Choice {
  kind: "choice";
  options: readonly unknown[];
}
interface List {
  kind: "list";
  /** Schemas of the first items, each of its own. */
  first: readonly Schema[];
  /** Schema of all others; null if there may be none. */
  rest: Schema | null;
  min: number;
  max: number;
}
interface Struct {
  kind: "object";
  fields: readonly Field[];
  /** Schema of values under names of one's own; null if there may be none. */
  extra: Schema | null;
}
interface Union {
  kind: "union";
  options: readonly Option[];
}
interface YesOrNo {
  kind: "boolean";
}
/** It has no form: it is JSON. */
interface Anything {
  kind: "any";
}

export type Kind = Text | Numeric | Choice | List | Struct | Union | YesOrNo | Anything;

export type Shape = Kind & {
  title: string;
  description: string;
  /** What the graph takes if the value is left out. */
  fallback: unknown;
  nullable: boolean;
};

/** Return what a schema asks for; what no form can show is `any`. */
export function shapeOf(schema: unknown, root: unknown): Shape {
  const { found, nullable } = withoutNull(resolve(schema, root), root);
  return {
    ...kindOf(found, root),
    title: text(found["title"]),
    description: text(found["description"]),
    fallback: found["default"],
    nullable,
  };
}

/** Pydantic writes what may be null as anyOf of it and null. */
function withoutNull(schema: Schema, root: unknown): { found: Schema; nullable: boolean } {
  const types = schema["type"];
  if (Array.isArray(types) && types.includes("null")) {
    const rest: unknown[] = types.filter((each) => each !== "null");
    return { found: { ...schema, type: rest.length === 1 ? rest[0] : rest }, nullable: true };
  }
  const options = alternatives(schema);
  const others = options.filter((each) => resolve(each, root)["type"] !== "null");
  if (!options.length || others.length === options.length)
    return { found: schema, nullable: false };
  const about = without(schema, "anyOf", "oneOf");
  if (others.length !== 1) return { found: { ...about, anyOf: others }, nullable: true };
  return { found: { ...resolve(others[0], root), ...about }, nullable: true };
}

function kindOf(schema: Schema, root: unknown): Kind {
  if ("const" in schema) return { kind: "choice", options: [schema["const"]] };
  if (Array.isArray(schema["enum"])) return { kind: "choice", options: schema["enum"] };
  const options = alternatives(schema);
  if (options.length) return union(options, root);
  switch (schema["type"]) {
    case "string":
      return textual(schema);
    case "integer":
    case "number":
      return { kind: "number", integer: schema["type"] === "integer", bounds: bounds(schema) };
    case "boolean":
      return { kind: "boolean" };
    case "array":
      return list(schema);
    case "object":
      return struct(schema);
    default:
      return isRecord(schema["properties"]) ? struct(schema) : { kind: "any" };
  }
}

function union(options: readonly unknown[], root: unknown): Kind {
  const shown = options.map((each) => resolve(each, root));
  const single = shown.map((each) => each["const"]);
  if (single.every((each) => each !== undefined)) return { kind: "choice", options: single };
  return {
    kind: "union",
    options: shown.map((schema, index) => ({ schema, label: labelOf(schema, index) })),
  };
}

function labelOf(schema: Schema, index: number): string {
  if (typeof schema["title"] === "string") return schema["title"];
  if (typeof schema["type"] === "string") return WORDS[schema["type"]] ?? schema["type"];
  return `Alternative ${index + 1}`;
}

const WORDS: Record<string, string> = {
  string: "Text",
  integer: "Whole number",
  number: "Number",
  boolean: "Yes or no",
  array: "List",
  object: "Fields",
};

function textual(schema: Schema): Kind {
  const longest = schema["maxLength"];
  return {
    kind: "text",
    format: text(schema["format"]),
    minLength: number(schema["minLength"], 0),
    maxLength: typeof longest === "number" ? longest : undefined,
  };
}

function list(schema: Schema): Kind {
  const first = Array.isArray(schema["prefixItems"]) ? schema["prefixItems"] : [];
  const items = schema["items"];
  const min = number(schema["minItems"], 0);
  const max = number(schema["maxItems"], Number.POSITIVE_INFINITY);
  const rest = items === false || first.length >= max ? null : isRecord(items) ? items : {};
  return { kind: "list", first: first.filter(isRecord), rest, min, max };
}

function struct(schema: Schema): Kind {
  const needed = new Set(Array.isArray(schema["required"]) ? schema["required"] : []);
  const properties = isRecord(schema["properties"]) ? schema["properties"] : {};
  const fields = Object.entries(properties).map(([name, each]) => ({
    name,
    schema: isRecord(each) ? each : {},
    required: needed.has(name),
  }));
  const more = schema["additionalProperties"];
  // Left out means that others are allowed: offered only where there is nothing else to fill in.
  const open = more === true || (more === undefined && !fields.length);
  return { kind: "object", fields, extra: isRecord(more) ? more : open ? {} : null };
}

function bounds(schema: Schema): string {
  const said = [
    ["minimum", "at least"],
    ["exclusiveMinimum", "more than"],
    ["maximum", "at most"],
    ["exclusiveMaximum", "less than"],
    ["multipleOf", "a multiple of"],
  ] as const;
  return said
    .filter(([keyword]) => typeof schema[keyword] === "number")
    .map(([keyword, words]) => `${words} ${String(schema[keyword])}`)
    .join(", ");
}

function alternatives(schema: Schema): readonly unknown[] {
  const found = schema["anyOf"] ?? schema["oneOf"];
  return Array.isArray(found) ? found : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function number(value: unknown, otherwise: number): number {
  return typeof value === "number" ? value : otherwise;
}
