/** How kinds of graphs are called. */
import type { Graph, Message } from "@/api/types";

const KINDS: Partial<Record<Message<"GraphKind">, string>> = {
  GRAPH_KIND_PYTHON: "Python",
  GRAPH_KIND_JSON: "JSON",
  GRAPH_KIND_LANGGRAPH: "LangGraph",
};

export function kindOf({ kind }: Graph): string {
  return KINDS[kind ?? "GRAPH_KIND_UNSPECIFIED"] ?? "unknown";
}

export function isJson({ kind }: Graph): boolean {
  return kind === "GRAPH_KIND_JSON";
}
