/** What an editor changes in a definition; pure. Each edit keeps what it does not name. */
import {
  branchesOf,
  conditionsOf,
  edgesOf,
  endsOf,
  isObject,
  setIn,
  stateKeys,
  type Definition,
  type Json,
} from "@/components/graph/editor/definition";
import type { Place } from "@/components/graph/editor/sketch";

/** Add a node that calls a tool; return its name, too. */
export function addNode(definition: Definition, tool: string): [Definition, string] {
  const name = freeName(
    definition,
    tool.replace(/[^\w.+-]+/g, "_").replace(/^[.+-]+/, "") || "node",
  );
  return [setIn(definition, ["nodes", name], { tool, arguments: {} }), name];
}

/** Give a node another name, wherever it is named; the same definition if that is not free. */
export function renameNode(definition: Definition, from: string, to: string): Definition {
  const { nodes } = definition;
  if (from === to || !to || !Object.hasOwn(nodes, from) || Object.hasOwn(nodes, to))
    return definition;
  const renamed = Object.entries(nodes).map(([name, node]) => [name === from ? to : name, node]);
  const name = (each: unknown) => (each === from ? to : each);
  return rewire({ ...definition, nodes: Object.fromEntries(renamed) as Definition["nodes"] }, name);
}

/** Remove a node with the edges and conditions that name it. */
export function removeNode(definition: Definition, gone: string): Definition {
  let left = setIn(definition, ["nodes", gone], undefined);
  if (left["start"] === gone) left = setIn(left, ["start"], undefined);
  if (Array.isArray(left["edges"]))
    left = setIn(
      left,
      ["edges"],
      edgesOf(left).filter((each) => !endsOf(each)?.includes(gone)),
    );
  if (!Array.isArray(left["branches"])) return left;
  const branches = branchesOf(left)
    .filter((branch) => branch["source"] !== gone)
    .map((branch) => withoutTarget(branch, gone))
    .filter((branch) => branch !== null);
  return setIn(left, ["branches"], branches);
}

/** Lead from one node to another, always; the same definition if it does already. */
export function addEdge(definition: Definition, source: string, target: string): Definition {
  if (source === "START" && definition["start"] === undefined && !startsElsewhere(definition))
    return setIn(definition, ["start"], target);
  if (source === "START" && definition["start"] === target) return definition;
  const edges = edgesOf(definition);
  const there = edges.some((each) => {
    const ends = endsOf(each);
    return ends?.[0] === source && ends[1] === target;
  });
  return there ? definition : setIn(definition, ["edges"], [...edges, [source, target]]);
}

/** Lead from one node to another if a condition holds: one more of the node's branch, or a new branch. */
export function addCondition(definition: Definition, source: string, target: string): Definition {
  const [key = "key"] = stateKeys(definition);
  const condition = { when: { key, operator: "exists" }, target };
  const branches = branchesOf(definition);
  const at = branches.findIndex((each) => each["source"] === source && !("tool" in each));
  const branch = branches[at];
  if (branch)
    return setIn(definition, ["branches", at, "conditions"], [...conditionsOf(branch), condition]);
  // A branch decides: an edge that is always taken beside it would be taken as well.
  const [former, cleared] = withoutEdgesOf(definition, source);
  const made = { source, conditions: [condition], default: former ?? "END" };
  return setIn(cleared, ["branches"], [...branches, made]);
}

/** Let the answer of a tool say where a node leads. */
export function addToolBranch(definition: Definition, source: string, tool: string): Definition {
  const [former, cleared] = withoutEdgesOf(definition, source);
  const made = { source, tool, arguments: {}, targets: { yes: former ?? "END" } };
  return setIn(cleared, ["branches"], [...branchesOf(definition), made]);
}

/** Remove what an edge of the drawing stands for. */
export function removeWay(definition: Definition, place: Place): Definition {
  switch (place.kind) {
    case "start":
      return setIn(definition, ["start"], undefined);
    case "edge":
      return setIn(definition, ["edges", place.index], undefined);
    case "condition": {
      const branch = branchesOf(definition)[place.branch];
      return branch && conditionsOf(branch).length > 1
        ? setIn(definition, ["branches", place.branch, "conditions", place.index], undefined)
        : setIn(definition, ["branches", place.branch], undefined);
    }
    case "answer": {
      const targets = branchesOf(definition)[place.branch]?.["targets"];
      return isObject(targets) && Object.keys(targets).length > 1
        ? setIn(definition, ["branches", place.branch, "targets", place.answer], undefined)
        : setIn(definition, ["branches", place.branch], undefined);
    }
    case "default":
      return setIn(definition, ["branches", place.branch, "default"], "END");
    case "implied":
      return definition;
  }
}

function startsElsewhere(definition: Definition): boolean {
  return (
    edgesOf(definition).some((each) => endsOf(each)?.[0] === "START") ||
    branchesOf(definition).some((each) => each["source"] === "START")
  );
}

/** Return the first target of a node's plain edges, and the definition without them. */
function withoutEdgesOf(definition: Definition, source: string): [string | undefined, Definition] {
  if (source === "START" && typeof definition["start"] === "string")
    return [definition["start"], setIn(definition, ["start"], undefined)];
  const edges = edgesOf(definition);
  const mine = edges.filter((each) => endsOf(each)?.[0] === source);
  if (!mine.length) return [undefined, definition];
  const others = edges.filter((each) => endsOf(each)?.[0] !== source);
  return [endsOf(mine[0])?.[1], setIn(definition, ["edges"], others)];
}

function withoutTarget(branch: Json, gone: string): Json | null {
  let left = branch;
  if (Array.isArray(left["conditions"])) {
    const conditions = conditionsOf(left)
      .map((each) => setIn(each, ["target"], without(each["target"], gone)))
      .filter((each) => each["target"] !== undefined);
    if (!conditions.length) return null;
    left = setIn(left, ["conditions"], conditions);
  }
  if ("default" in left) left = setIn(left, ["default"], without(left["default"], gone) ?? "END");
  const { targets } = left;
  if (!isObject(targets)) return left;
  const kept = Object.entries(targets)
    .map(([answer, target]) => [answer, without(target, gone)] as const)
    .filter(([, target]) => target !== undefined);
  return kept.length ? setIn(left, ["targets"], Object.fromEntries(kept)) : null;
}

function without(target: unknown, gone: string): unknown {
  if (!Array.isArray(target)) return target === gone ? undefined : target;
  const left = (target as unknown[]).filter((each) => each !== gone);
  return left.length ? left : undefined;
}

/** Return the definition with every name of a node replaced. */
function rewire(definition: Definition, name: (each: unknown) => unknown): Definition {
  let made = definition;
  if ("start" in made) made = setIn(made, ["start"], name(made["start"]));
  if (Array.isArray(made["edges"]))
    made = setIn(
      made,
      ["edges"],
      edgesOf(made).map((each) =>
        Array.isArray(each)
          ? each.map(name)
          : isObject(each)
            ? { ...each, source: name(each["source"]), target: name(each["target"]) }
            : each,
      ),
    );
  if (Array.isArray(made["branches"]))
    made = setIn(
      made,
      ["branches"],
      (made["branches"] as unknown[]).map((each) => (isObject(each) ? rewired(each, name) : each)),
    );
  return made;
}

function rewired(branch: Json, name: (each: unknown) => unknown): Json {
  const names = (target: unknown) => (Array.isArray(target) ? target.map(name) : name(target));
  const made: Json = { ...branch };
  if ("source" in made) made["source"] = name(made["source"]);
  if ("default" in made) made["default"] = names(made["default"]);
  if (Array.isArray(made["conditions"]))
    made["conditions"] = (made["conditions"] as unknown[]).map((each) =>
      isObject(each) && "target" in each ? { ...each, target: names(each["target"]) } : each,
    );
  if (isObject(made["targets"]))
    made["targets"] = Object.fromEntries(
      Object.entries(made["targets"]).map(([answer, target]) => [answer, names(target)]),
    );
  return made;
}

function freeName(definition: Definition, wanted: string): string {
  const taken = (name: string) =>
    Object.hasOwn(definition.nodes, name) || name === "START" || name === "END";
  if (!taken(wanted)) return wanted;
  let number = 2;
  while (taken(`${wanted}_${number}`)) number += 1;
  return `${wanted}_${number}`;
}
