/**
 * The JSON definition of a graph and what an editor does to it; pure.
 *
 * 1. A definition is what its author wrote: fields that are not known here stay as they are, wherever
 *    they stand, and so does the order of nodes.
 * 2. An edit returns a new definition, and leaves the other parts of it identical.
 */
export type Json = Record<string, unknown>;

export interface Definition extends Json {
  graph_id: string;
  nodes: Record<string, Json>;
}

export const NEW: Definition = { graph_id: "", nodes: {}, edges: [], branches: [] };

/** Return a definition, or why a value is none that can be drawn. */
export function definitionOf(value: unknown): Definition | string {
  if (!isObject(value)) return "A definition is a JSON object.";
  const { graph_id = "", nodes = {}, edges, branches } = value;
  if (typeof graph_id !== "string") return "graph_id is a text.";
  if (!isObject(nodes)) return "nodes is an object: a name for each node.";
  if (!Object.values(nodes).every(isObject)) return "Each of nodes is an object with a tool.";
  if (edges !== undefined && !Array.isArray(edges)) return "edges is a list of pairs.";
  if (branches !== undefined && !(Array.isArray(branches) && branches.every(isObject)))
    return "branches is a list of objects.";
  return value as Definition;
}

export function edgesOf(definition: Definition): readonly unknown[] {
  const { edges } = definition;
  return Array.isArray(edges) ? (edges as unknown[]) : [];
}

export function branchesOf(definition: Definition): readonly Json[] {
  const { branches } = definition;
  return Array.isArray(branches) ? branches.filter(isObject) : [];
}

/** Return source and target of an edge in either of its spellings; null for what is none. */
export function endsOf(edge: unknown): readonly [string, string] | null {
  const [source, target] = Array.isArray(edge)
    ? (edge as unknown[])
    : isObject(edge)
      ? [edge["source"], edge["target"]]
      : [];
  return typeof source === "string" && typeof target === "string" ? [source, target] : null;
}

/** Return the conditions of a branch that has some. */
export function conditionsOf(branch: Json): readonly Json[] {
  const { conditions } = branch;
  return Array.isArray(conditions)
    ? (conditions as unknown[]).map((each) => (isObject(each) ? each : {}))
    : [];
}

/** Return the nodes that a target names. */
export function targetsOf(target: unknown): readonly string[] {
  const several: readonly unknown[] = Array.isArray(target) ? (target as unknown[]) : [target];
  return several.filter((each) => typeof each === "string");
}

/** Return the keys of the state that the definition declares. */
export function stateKeys(definition: Definition): readonly string[] {
  const state = definition["state"];
  const properties = isObject(state) ? state["properties"] : undefined;
  return isObject(properties) ? Object.keys(properties) : [];
}

/** Return a value with another one at a path; undefined removes it. */
export function setIn<T>(value: T, path: readonly (string | number)[], to: unknown): T {
  return put(value, path, to) as T;
}

function put(value: unknown, [key, ...rest]: readonly (string | number)[], to: unknown): unknown {
  if (key === undefined) return to;
  if (typeof key === "number") {
    const list: unknown[] = Array.isArray(value) ? [...(value as unknown[])] : [];
    const item = put(list[key], rest, to);
    list.splice(key, 1, ...(item === undefined ? [] : [item]));
    return list;
  }
  const before = isObject(value) ? value : {};
  const item = put(Object.hasOwn(before, key) ? before[key] : undefined, rest, to);
  if (item !== undefined && Object.hasOwn(before, key))
    return Object.fromEntries(
      Object.entries(before).map(([name, each]) => [name, name === key ? item : each]),
    );
  const others = Object.entries(before).filter(([name]) => name !== key);
  return Object.fromEntries(item === undefined ? others : [...others, [key, item]]);
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
