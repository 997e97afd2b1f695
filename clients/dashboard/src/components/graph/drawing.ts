/** What is drawn of a graph: nodes with their sizes and edges with their labels; pure. */
import type { Graph } from "@/api/types";
import { milliseconds, spell } from "@/lib/time";

export const START = "__start__";
export const END = "__end__";

export type NodeLook = "start" | "end" | "node";

export interface DrawnNode {
  id: string;
  look: NodeLook;
  name: string;
  /** The line below the name: the tool, or what the node does. */
  line: string;
  tool: string;
  description: string;
  /** "3 retries", "30 s": what bounds its attempts. */
  limits: readonly string[];
  width: number;
  height: number;
}

export interface DrawnEdge {
  id: string;
  source: string;
  target: string;
  conditional: boolean;
  label: string;
  labelWidth: number;
}

export interface Drawing {
  nodes: readonly DrawnNode[];
  edges: readonly DrawnEdge[];
}

const NAME_CHARACTER = 7.6;
const LINE_CHARACTER = 6.3;
const LABEL_CHARACTER = 6.4;
const NARROWEST = 132;
const WIDEST = 232;
const WIDEST_LABEL = 150;

interface Options {
  /** Leave room for a line on what became of the node. */
  marked?: boolean;
}

/** Return the drawing of a graph; only nodes and edges that exist are in it. */
export function drawingOf(graph: Graph, { marked = false }: Options = {}): Drawing {
  const nodes = (graph.nodes ?? []).map((node) => {
    const limits = [
      ...(node.retries ? [`${node.retries} ${node.retries === 1 ? "retry" : "retries"}`] : []),
      ...(node.timeout ? [spell(milliseconds(node.timeout))] : []),
    ];
    const name = node.name ?? "";
    const line = node.tool || node.description || "";
    return {
      id: name,
      look: "node" as const,
      name,
      line,
      tool: node.tool ?? "",
      description: node.description ?? "",
      limits,
      width: widthOf(name, line, limits),
      height: 40 + (line ? 18 : 0) + (limits.length ? 20 : 0) + (marked ? 24 : 0),
    };
  });
  const known = new Set([START, END, ...nodes.map((node) => node.id)]);
  const edges = (graph.edges ?? [])
    .filter((edge) => known.has(edge.source ?? "") && known.has(edge.target ?? ""))
    .map((edge, index) => drawnEdge(index, edge));
  const used = new Set(edges.flatMap((edge) => [edge.source, edge.target]));
  return {
    nodes: [
      ...(used.has(START) ? [pill(START, "start", "START")] : []),
      ...nodes,
      ...(used.has(END) ? [pill(END, "end", "END")] : []),
    ],
    edges,
  };
}

function drawnEdge(
  index: number,
  edge: { source?: string; target?: string; conditional?: boolean; label?: string },
): DrawnEdge {
  const label = edge.label ?? "";
  return {
    id: `e${index}`,
    source: edge.source ?? "",
    target: edge.target ?? "",
    conditional: !!edge.conditional,
    label,
    labelWidth: label ? Math.min(WIDEST_LABEL, Math.ceil(label.length * LABEL_CHARACTER) + 14) : 0,
  };
}

function pill(id: string, look: NodeLook, name: string): DrawnNode {
  const texts = { line: "", tool: "", description: "", limits: [] };
  return { id, look, name, ...texts, width: 72, height: 32 };
}

function widthOf(name: string, line: string, limits: readonly string[]): number {
  const wanted = Math.max(
    name.length * NAME_CHARACTER,
    Math.min(line.length, 30) * LINE_CHARACTER,
    limits.join(" ").length * LINE_CHARACTER + limits.length * 20,
  );
  return Math.round(Math.min(WIDEST, Math.max(NARROWEST, wanted + 28)));
}
