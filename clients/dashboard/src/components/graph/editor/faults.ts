/** Where the faults that the server finds in a definition belong; pure. */
import type { Violation } from "@/api/errors";
import type { Definition } from "@/components/graph/editor/definition";
import type { Way } from "@/components/graph/editor/sketch";
import type { Marks } from "@/components/graph/marks";

export interface Fault {
  /** As the server names it, without `definition.`. */
  path: string;
  description: string;
  node?: string;
  edge?: number;
  branch?: number;
  /** What is left of the path below the node, edge or branch, as `["arguments", "value"]`. */
  rest: readonly (string | number)[];
}

/** Return the faults with their places; a node that is no more has none. */
export function faultsOf(definition: Definition, violations: readonly Violation[]): Fault[] {
  return violations.map(({ field, description }) => {
    const [, ...parts] = partsOf(field);
    const path = field.replace(/^definition\.?/, "");
    const [list, at, ...rest] = parts;
    if (list === "nodes" && typeof at === "string" && Object.hasOwn(definition.nodes, at))
      return { path, description, node: at, rest };
    if (list === "edges" && typeof at === "number") return { path, description, edge: at, rest };
    if (list === "branches" && typeof at === "number")
      return { path, description, branch: at, rest };
    return { path, description, rest: parts };
  });
}

/** Return the parts of a path as `nodes["a b"].arguments.rows[0]`. */
export function partsOf(path: string): (string | number)[] {
  const parts: (string | number)[] = [];
  for (const [, index, quoted, plain] of path.matchAll(PART)) {
    if (index !== undefined) parts.push(Number(index));
    else parts.push(quoted === undefined ? (plain ?? "") : String(JSON.parse(quoted)));
  }
  return parts;
}

const PART = /\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g;

/** Return how faults and the ways of a definition are marked on its drawing. */
export function marksOfFaults(faults: readonly Fault[], ways: readonly Way[]): Marks {
  const nodes = new Map<string, { faults: number }>();
  for (const { node } of faults)
    if (node !== undefined) nodes.set(node, { faults: (nodes.get(node)?.faults ?? 0) + 1 });
  const edges = new Map<string, { faults?: number; dim?: boolean }>();
  for (const { id, place } of ways) {
    const mine = faults.filter(
      ({ edge, branch, path }) =>
        (place.kind === "edge" && edge === place.index) ||
        ("branch" in place && branch === place.branch) ||
        (place.kind === "start" && path === "start"),
    ).length;
    if (mine) edges.set(id, { faults: mine });
    else if (place.kind === "implied") edges.set(id, { dim: true });
  }
  return { nodes, edges };
}
