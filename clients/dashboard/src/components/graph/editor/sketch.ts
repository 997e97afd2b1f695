/** A definition as a graph that can be drawn, though it may not be whole yet; pure. */
import type { Graph, Message, Tool } from "@/api/types";
import { END, START } from "@/components/graph/drawing";
import {
  branchesOf,
  conditionsOf,
  edgesOf,
  endsOf,
  isObject,
  targetsOf,
  type Definition,
} from "@/components/graph/editor/definition";
import { brief } from "@/lib/payload";

/** Where in the definition an edge of the drawing comes from. */
export type Place =
  | { kind: "start" }
  | { kind: "edge"; index: number }
  | { kind: "condition"; branch: number; index: number }
  | { kind: "default"; branch: number }
  | { kind: "answer"; branch: number; answer: string }
  | { kind: "implied" };

export interface Way {
  /** As drawn. */
  id: string;
  source: string;
  target: string;
  label: string;
  place: Place;
}

export interface Sketch {
  graph: Graph;
  ways: readonly Way[];
}

/** Return what can be drawn of a definition: edges to nodes that are not there are left out. */
export function sketchOf(definition: Definition, tools: readonly Tool[] = []): Sketch {
  const said = new Map(tools.map((tool) => [tool.name, tool.description ?? ""]));
  const nodes = Object.entries(definition.nodes).map(([name, node]) => {
    const tool = textOf(node["tool"]);
    return {
      name,
      tool,
      description: textOf(node["description"]) || said.get(tool) || "",
      ...(Number(node["retries"]) > 0 ? { retries: Number(node["retries"]) } : {}),
      ...(Number(node["timeout_seconds"]) > 0
        ? { timeout: `${Number(node["timeout_seconds"])}s` }
        : {}),
    };
  });
  const known = new Set([START, END, ...nodes.map((node) => node.name)]);
  const told = [...written(definition)].filter(
    (way) => known.has(way.source) && known.has(way.target),
  );
  const ways = [...told, ...implied(told, nodes)].map((way, index) => ({
    ...way,
    id: `e${index}`,
  }));
  return { graph: { graphId: definition.graph_id, nodes, edges: ways.map(edgeOf) }, ways };
}

/** Return how a condition reads. */
export function spellCondition(when: unknown): string {
  if (!isObject(when)) return "";
  if (Array.isArray(when["all"]))
    return (when["all"] as unknown[]).map(spellCondition).join(" and ");
  if (Array.isArray(when["any"]))
    return (when["any"] as unknown[]).map(spellCondition).join(" or ");
  if ("not" in when) return `not (${spellCondition(when["not"])})`;
  const value = "value" in when ? ` ${brief(when["value"], 24)}` : "";
  return `${textOf(when["key"])} ${textOf(when["operator"])}${value}`;
}

type Told = Omit<Way, "id">;

function* written(definition: Definition): Generator<Told> {
  const { start } = definition;
  if (typeof start === "string")
    yield { source: START, target: start, label: "", place: { kind: "start" } };
  for (const [index, edge] of edgesOf(definition).entries()) {
    const ends = endsOf(edge);
    if (!ends) continue;
    const [source, target] = ends;
    yield { source: word(source), target: word(target), label: "", place: { kind: "edge", index } };
  }
  for (const [branch, written] of branchesOf(definition).entries()) {
    const source = word(textOf(written["source"]));
    for (const [index, condition] of conditionsOf(written).entries()) {
      const place = { kind: "condition", branch, index } as const;
      const label = spellCondition(condition["when"]);
      for (const target of targetsOf(condition["target"]))
        yield { source, target: word(target), label, place };
    }
    for (const target of targetsOf(written["default"]))
      yield { source, target: word(target), label: "else", place: { kind: "default", branch } };
    const { targets } = written;
    for (const [answer, target] of Object.entries(isObject(targets) ? targets : {}))
      for (const each of targetsOf(target))
        yield {
          source,
          target: word(each),
          label: answer,
          place: { kind: "answer", branch, answer },
        };
  }
}

/** What the server implies: the first node is the entry, and who leads nowhere leads to the end. */
function* implied(told: readonly Told[], nodes: readonly Message<"GraphNode">[]): Generator<Told> {
  const sources = new Set(told.map((way) => way.source));
  const way = { label: "", place: { kind: "implied" } } as const;
  const [first] = nodes;
  if (first?.name && !sources.has(START)) yield { ...way, source: START, target: first.name };
  for (const { name = "" } of nodes)
    if (!sources.has(name)) yield { ...way, source: name, target: END };
}

function edgeOf({ source, target, label, place }: Way): Message<"GraphEdge"> {
  const conditional = ["condition", "default", "answer"].includes(place.kind);
  return { source, target, conditional, label };
}

/** START and END as the drawing calls them. */
function word(name: string): string {
  return name === "START" ? START : name === "END" ? END : name;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
