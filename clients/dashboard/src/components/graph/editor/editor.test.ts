import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { END, START } from "@/components/graph/drawing";
import {
  branchesOf,
  conditionsOf,
  definitionOf,
  edgesOf,
  endsOf,
  isObject,
  NEW,
  setIn,
  targetsOf,
  type Definition,
} from "@/components/graph/editor/definition";
import {
  addCondition,
  addEdge,
  addNode,
  addToolBranch,
  removeNode,
  removeWay,
  renameNode,
} from "@/components/graph/editor/edits";
import { faultsOf, marksOfFaults, partsOf } from "@/components/graph/editor/faults";
import { sketchOf, spellCondition } from "@/components/graph/editor/sketch";

const HALVING: Definition = {
  graph_id: "halving",
  "x-mine": { kept: [1, { deep: true }] },
  state: { type: "object", properties: { value: { type: "number" } } },
  nodes: {
    halve: { tool: "halve", arguments: { value: "${state.value}" }, "x-note": "mine" },
    announce: { tool: "announce" },
  },
  edges: [["announce", "END"]],
  branches: [
    {
      source: "START",
      conditions: [{ when: { key: "value", operator: "<=", value: 0 }, target: "announce" }],
      default: "halve",
    },
    { source: "halve", tool: "compare", targets: { small: "announce", large: ["halve"] } },
  ],
};

describe("the drawing of a definition", () => {
  it("has edges, branches with their conditions and answers, and where they come from", () => {
    const { ways } = sketchOf(HALVING);
    expect(ways.map(({ source, target, label }) => [source, target, label])).toEqual([
      ["announce", END, ""],
      [START, "announce", "value <= 0"],
      [START, "halve", "else"],
      ["halve", "announce", "small"],
      ["halve", "halve", "large"],
    ]);
    expect(ways.map(({ place }) => place.kind)).toEqual([
      "edge",
      "condition",
      "default",
      "answer",
      "answer",
    ]);
  });

  it("has what the server implies: the first node is the entry, who leads nowhere ends", () => {
    const [first] = addNode(NEW, "halve");
    const { ways } = sketchOf(first);
    expect(ways.map(({ source, target, place }) => [source, target, place.kind])).toEqual([
      [START, "halve", "implied"],
      ["halve", END, "implied"],
    ]);
  });

  it("spells conditions of several parts", () => {
    const part = { key: "a", operator: "missing" };
    const other = { key: "b", operator: "in", value: [1, 2] };
    expect(spellCondition({ all: [part, { not: other }] })).toBe("a missing and not (b in [1,2])");
    expect(spellCondition({ any: [part, other] })).toBe("a missing or b in [1,2]");
  });
});

describe("edits", () => {
  it("add nodes under free names", () => {
    const [one, first] = addNode(NEW, "halve");
    const [two, second] = addNode(one, "halve");
    expect([first, second]).toEqual(["halve", "halve_2"]);
    expect(Object.keys(two.nodes)).toEqual(["halve", "halve_2"]);
    expect(addNode(NEW, "END")[1]).toBe("END_2");
  });

  it("rename a node wherever it is named, and keep its place", () => {
    const renamed = renameNode(HALVING, "halve", "half");
    expect(Object.keys(renamed.nodes)).toEqual(["half", "announce"]);
    expect(branchesOf(renamed)[0]?.["default"]).toBe("half");
    expect(branchesOf(renamed)[1]).toMatchObject({ source: "half", targets: { large: ["half"] } });
    expect(renameNode(HALVING, "halve", "announce")).toBe(HALVING);
  });

  it("remove a node with what leads to it", () => {
    const left = removeNode(HALVING, "announce");
    expect(Object.keys(left.nodes)).toEqual(["halve"]);
    expect(edgesOf(left)).toEqual([]);
    expect(branchesOf(left)).toEqual([
      { source: "halve", tool: "compare", targets: { large: ["halve"] } },
    ]);
  });

  it("make START's edge the start, and others edges, once", () => {
    const [one] = addNode(NEW, "a");
    const [two] = addNode(one, "b");
    const started = addEdge(two, "START", "b");
    expect(started["start"]).toBe("b");
    const led = addEdge(started, "b", "a");
    expect(edgesOf(led)).toEqual([["b", "a"]]);
    expect(addEdge(led, "b", "a")).toBe(led);
  });

  it("make a branch of a condition, with the former edge as its default", () => {
    const [one] = addNode(NEW, "a");
    const [two] = addNode(one, "b");
    const made = addCondition(addEdge(two, "a", "END"), "a", "b");
    expect(edgesOf(made)).toEqual([]);
    expect(branchesOf(made)).toEqual([
      {
        source: "a",
        conditions: [{ when: { key: "key", operator: "exists" }, target: "b" }],
        default: "END",
      },
    ]);
    expect(conditionsOf(branchesOf(addCondition(made, "a", "a"))[0] ?? {})).toHaveLength(2);
    expect(branchesOf(addToolBranch(two, "a", "judge"))[0]).toMatchObject({ tool: "judge" });
  });

  it("remove ways, and a branch with its last one", () => {
    const { ways } = sketchOf(HALVING);
    const at = (label: string) => ways.find((way) => way.label === label)?.place ?? null;
    const small = at("small");
    const first = at("value <= 0");
    if (!small || !first) throw new Error("the ways are not there");
    expect(branchesOf(removeWay(HALVING, small))[1]).toMatchObject({
      targets: { large: ["halve"] },
    });
    expect(branchesOf(removeWay(HALVING, first))).toHaveLength(1);
  });
});

describe("faults", () => {
  it("belong to nodes with dots in their names, edges and branches", () => {
    const definition = setIn(HALVING, ["nodes", "a.b"], { tool: "x" });
    const faults = faultsOf(definition, [
      { field: 'definition.nodes["a.b"].arguments.value', description: "one" },
      { field: "definition.edges[0].target", description: "two" },
      { field: "definition.branches[1].targets", description: "three" },
      { field: "definition.state", description: "four" },
    ]);
    expect(faults[0]).toMatchObject({ node: "a.b", rest: ["arguments", "value"] });
    expect(faults[1]).toMatchObject({ edge: 0, rest: ["target"] });
    expect(faults[2]).toMatchObject({ branch: 1, rest: ["targets"] });
    expect(faults[3]).toMatchObject({ path: "state" });
    expect(partsOf('a["b \\" ]"].c[3]')).toEqual(["a", 'b " ]', "c", 3]);
    const { ways } = sketchOf(definition);
    const marks = marksOfFaults(faults, ways);
    expect(marks.nodes.get("a.b")).toEqual({ faults: 1 });
    expect(marks.edges.get("e0")).toEqual({ faults: 1 });
    expect(marks.edges.get("e3")).toEqual({ faults: 1 });
    expect(marks.edges.get("e1")).toBeUndefined();
  });
});

const NAMES = ["a", "b", "c.d", "e f"] as const;
const name = fc.constantFrom(...NAMES);
const target = fc.oneof(name, fc.constant("END"), fc.array(name, { minLength: 1, maxLength: 3 }));
const extra = fc.record({ "x-extra": fc.jsonValue() });
const definitions = fc
  .record({
    nodes: fc.dictionary(
      name,
      fc.tuple(extra, fc.constantFrom("t", "u")).map(([more, tool]) => ({ ...more, tool })),
    ),
    edges: fc.array(fc.tuple(name, fc.oneof(name, fc.constant("END")))),
    branches: fc.array(
      fc.oneof(
        fc.record({
          source: name,
          conditions: fc.array(
            fc.record({ when: fc.constant({ key: "k", operator: "exists" }), target }),
            { minLength: 1, maxLength: 3 },
          ),
          default: target,
        }),
        fc.record({
          source: name,
          tool: fc.constant("t"),
          targets: fc.dictionary(fc.constantFrom("yes", "no"), target, { minKeys: 1 }),
        }),
      ),
      { maxLength: 3 },
    ),
    more: extra,
  })
  .map(({ more, ...rest }): Definition => ({ graph_id: "g", ...more, ...rest }));

function named(definition: Definition): string[] {
  return [
    ...edgesOf(definition).flatMap((each) => endsOf(each) ?? []),
    ...branchesOf(definition).flatMap((branch) => [
      String(branch["source"]),
      ...targetsOf(branch["default"]),
      ...conditionsOf(branch).flatMap((each) => targetsOf(each["target"])),
      ...Object.values(isObject(branch["targets"]) ? branch["targets"] : {}).flatMap(targetsOf),
    ]),
  ];
}

describe("any definition", () => {
  it("is read as it was written", () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        expect(definitionOf(JSON.parse(JSON.stringify(definition)))).toEqual(
          JSON.parse(JSON.stringify(definition)),
        );
      }),
    );
  });

  it("is what it was after a node was renamed and renamed back", () => {
    fc.assert(
      fc.property(definitions, name, (definition, from) => {
        const there = Object.hasOwn(definition.nodes, from);
        const away = renameNode(definition, from, "elsewhere");
        expect(away === definition).toBe(!there);
        if (there) expect(named(away)).not.toContain(from);
        expect(JSON.stringify(there ? renameNode(away, "elsewhere", from) : away)).toBe(
          JSON.stringify(definition),
        );
      }),
    );
  });

  it("names no node that was removed, and keeps what is not known", () => {
    fc.assert(
      fc.property(definitions, name, (definition, gone) => {
        const left = removeNode(definition, gone);
        expect(named(left)).not.toContain(gone);
        expect(left["x-extra"]).toEqual(definition["x-extra"]);
        for (const [each, node] of Object.entries(left.nodes))
          expect(node).toBe(definition.nodes[each]);
      }),
    );
  });

  it("is drawn with edges between nodes that are there, and edits of any way leave it whole", () => {
    fc.assert(
      fc.property(definitions, fc.nat(20), (definition, at) => {
        const { graph, ways } = sketchOf(definition);
        const known = new Set([START, END, ...Object.keys(definition.nodes)]);
        for (const { source, target } of graph.edges ?? [])
          expect(known.has(source ?? "") && known.has(target ?? "")).toBe(true);
        const way = ways[at];
        if (!way) return;
        const after = removeWay(definition, way.place);
        expect(typeof definitionOf(after)).toBe("object");
        expect(after.nodes).toBe(definition.nodes);
      }),
    );
  });
});
