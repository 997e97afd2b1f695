/** What is wrong with a value, by its JSON Schema; without eval, which the policy forbids. */
import { Validator, type OutputUnit, type Schema as Checked } from "@cfworker/json-schema";

import type { Violation } from "@/api/errors";
import { join } from "@/lib/schema/join";
import { isRecord, without } from "@/lib/schema/resolve";

/** Only tell that something within is wrong, which is told on its own. */
const OUTER: ReadonlySet<string> = new Set([
  "properties",
  "patternProperties",
  "additionalProperties",
  "unevaluatedProperties",
  "items",
  "prefixItems",
  "$ref",
  "allOf",
  "dependentSchemas",
]);
/** Left to the server: browsers and Python do not agree on every one. */
const SERVERS: ReadonlySet<string> = new Set(["format", "pattern"]);

/** Return what is wrong with a value, by paths that begin with `path`; nothing if nobody can tell. */
export function faultsOf(schema: unknown, value: unknown, path: string): readonly Violation[] {
  const found = new Map<string, Violation>();
  for (const unit of narrowed(check(schema, value))) {
    if (OUTER.has(unit.keyword) || SERVERS.has(unit.keyword)) continue;
    const each = told(unit, value, path);
    if (!found.has(each.field)) found.set(each.field, each);
  }
  return [...found.values()];
}

/** Whether a value fits a part of a schema. */
export function fits(schema: unknown, value: unknown, root: unknown): boolean {
  const defs = isRecord(root) ? { $defs: root["$defs"] ?? {} } : {};
  return check({ ...defs, ...(isRecord(schema) ? schema : {}) }, value).every((unit) =>
    SERVERS.has(unit.keyword),
  );
}

function check(schema: unknown, value: unknown): readonly OutputUnit[] {
  if (!isRecord(schema) || value === undefined) return [];
  // `default` and the like may hold what looks like a schema's own identifier.
  const own = without(schema, "$id", "$schema");
  try {
    return new Validator(own as Checked, "2020-12", false).validate(value).errors;
  } catch {
    // A schema that cannot be read here, an expression of Python's for example: the server checks.
    return [];
  }
}

/** Of alternatives that all fail, keep what is wrong with the one that is meant; or that none fits. */
function narrowed(units: readonly OutputUnit[]): readonly OutputUnit[] {
  let kept = units;
  for (const outer of units) {
    if (outer.keyword !== "anyOf" && outer.keyword !== "oneOf") continue;
    const within = (unit: OutputUnit) => branchOf(unit, outer) !== "";
    const branches = new Map<string, OutputUnit[]>();
    for (const unit of kept.filter(within)) {
      const name = branchOf(unit, outer);
      branches.set(name, [...(branches.get(name) ?? []), unit]);
    }
    const meant = [...branches.values()].filter((branch) => !branch.some((u) => other(u, outer)));
    const drop = new Set(kept.filter(within));
    if (meant.length === 1) for (const unit of [...(meant[0] ?? []), outer]) drop.delete(unit);
    if (meant.length === 1) drop.add(outer);
    kept = kept.filter((unit) => !drop.has(unit));
  }
  return kept;
}

/** Return the alternative of `outer` that an error is of, or nothing. */
function branchOf(unit: OutputUnit, outer: OutputUnit): string {
  const inside =
    unit.instanceLocation === outer.instanceLocation ||
    unit.instanceLocation.startsWith(`${outer.instanceLocation}/`);
  const start = `${outer.keywordLocation}/`;
  if (!inside || !unit.keywordLocation.startsWith(start)) return "";
  return unit.keywordLocation.slice(start.length).split("/")[0] ?? "";
}

/** Whether an error tells that the value is another alternative: of another type, or tagged otherwise. */
function other(unit: OutputUnit, outer: OutputUnit): boolean {
  const below = unit.instanceLocation.slice(outer.instanceLocation.length).split("/").length - 1;
  if (below === 0) return ["type", "const", "enum"].includes(unit.keyword);
  return below === 1 && unit.keyword === "const";
}

function told(unit: OutputUnit, value: unknown, path: string): Violation {
  const at = spelled(unit.instanceLocation, value, path);
  switch (unit.keyword) {
    case "required":
    case "dependentRequired": {
      const name = /property "(.*)"/.exec(unit.error)?.[1] ?? "";
      return { field: name ? join(at, name) : at, description: "This is needed." };
    }
    case "false":
      return { field: at, description: "There is no such field." };
    case "anyOf":
    case "oneOf":
      return { field: at, description: "This fits none of the alternatives." };
    default:
      return { field: at, description: words(unit) };
  }
}

function words({ keyword, error }: OutputUnit): string {
  const numbers = error.match(/-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi) ?? [];
  const last = numbers.at(-1) ?? "";
  const said: Record<string, string> = {
    type: `This must be ${/Expected "?([^".]*)/.exec(error)?.[1] ?? "of another type"}.`,
    minimum: `This must be at least ${last}.`,
    maximum: `This must be at most ${last}.`,
    exclusiveMinimum: `This must be more than ${last}.`,
    exclusiveMaximum: `This must be less than ${last}.`,
    minLength: `This must have at least ${last} characters.`,
    maxLength: `This must have at most ${last} characters.`,
    minItems: `There must be at least ${last}.`,
    maxItems: `There must be at most ${last}.`,
    uniqueItems: "Each may be there only once.",
    enum: "Choose one of the values.",
    const: "Only one value is possible here.",
  };
  return said[keyword] ?? error;
}

/** Return a JSON pointer as a path: `#/rows/0` as `spec.input.rows[0]`. */
function spelled(pointer: string, value: unknown, path: string): string {
  let at = path;
  let found = value;
  for (const part of pointer.split("/").slice(1)) {
    const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    at = join(at, Array.isArray(found) ? Number(name) : name);
    found = Array.isArray(found) ? found[Number(name)] : isRecord(found) ? found[name] : undefined;
  }
  return at;
}
