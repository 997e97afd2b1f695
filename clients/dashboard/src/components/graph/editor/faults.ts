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
  /** What is left of the path below the node or branch, as `arguments.value`. */
  rest: string;
}

/** Return the faults with their places; a name may have dots, the longest one that is known counts. */
export function faultsOf(definition: Definition, violations: readonly Violation[]): Fault[] {
  const names = Object.keys(definition.nodes).sort((a, b) => b.length - a.length);
  return violations.map(({ field, description }) => {
    const path = field.replace(/^definition\.?/, "");
    const found = { path, description, rest: path };
    if (path === "start") return { ...found, rest: "start" };
    const node = names.find((name) => startsPart(path, `nodes.${name}`));
    if (node !== undefined) return { ...found, node, rest: after(path, `nodes.${node}`) };
    const listed = /^(edges|branches)\[(\d+)\]\.?(.*)$/.exec(path);
    if (!listed) return found;
    const at = listed[1] === "edges" ? "edge" : "branch";
    return { ...found, [at]: Number(listed[2]), rest: listed[3] ?? "" };
  });
}

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

function startsPart(path: string, start: string): boolean {
  return path === start || path.startsWith(`${start}.`) || path.startsWith(`${start}[`);
}

function after(path: string, start: string): string {
  return path.slice(start.length).replace(/^\./, "");
}
