/** What an editor holds: the definition with its history, what is chosen, what the server says of it. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";

import { asApiError, CODE, type Violation } from "@/api/errors";
import { checkDefinition, useTools } from "@/api/graphs";
import type { Tool } from "@/api/types";
import type { Definition } from "@/components/graph/editor/definition";
import { faultsOf, type Fault } from "@/components/graph/editor/faults";
import { change, historyOf, redo, undo } from "@/components/graph/editor/history";
import { sketchOf, type Sketch } from "@/components/graph/editor/sketch";

export interface Editing {
  definition: Definition;
  sketch: Sketch;
  tools: readonly Tool[];
  /** Change it; `about` names what is typed into. */
  edit: (to: Definition, about?: string) => void;
  undo?: () => void;
  redo?: () => void;
  /** Id of a node or of an edge of the drawing; empty for the graph itself. */
  chosen: string;
  choose: (id: string) => void;
  check: Check;
}

export interface Check {
  state: "checking" | "right" | "wrong" | "unknown";
  faults: readonly Fault[];
  /** Why it could not be checked. */
  error?: unknown;
}

const PAUSE_MS = 400;

export function useEditor(opened: Definition): Editing {
  const [history, setHistory] = useState(() => historyOf(opened));
  const [wanted, setChosen] = useState("");
  const definition = history.now;
  const { data: tools = NO_TOOLS } = useTools();
  const sketch = useMemo(() => sketchOf(definition, tools), [definition, tools]);
  const check = useCheck(definition);
  // What is chosen may be gone by now.
  const there =
    Object.hasOwn(definition.nodes, wanted) || sketch.ways.some((way) => way.id === wanted);
  return {
    definition,
    sketch,
    tools,
    edit: (to, about) => setHistory((before) => change(before, to, about)),
    undo: history.past.length ? () => setHistory(undo) : undefined,
    redo: history.future.length ? () => setHistory(redo) : undefined,
    chosen: there ? wanted : "",
    choose: setChosen,
    check,
  };
}

const NO_TOOLS: readonly Tool[] = [];

/** Follow what the server says of a definition, a moment after it changed. */
function useCheck(definition: Definition): Check {
  const [settled, setSettled] = useState(definition);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(definition), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [definition]);
  const text = JSON.stringify(settled);
  const { data, error, isPending, isPlaceholderData } = useQuery({
    queryKey: ["check", text],
    queryFn: ({ signal }) => checked(settled, signal),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
    gcTime: 60_000,
  });
  return useMemo(() => {
    const faults = faultsOf(definition, data ?? []);
    if (error) return { state: "unknown", faults, error };
    if (isPending || isPlaceholderData || settled !== definition)
      return { state: "checking", faults };
    return { state: faults.length ? "wrong" : "right", faults };
  }, [definition, settled, data, error, isPending, isPlaceholderData]);
}

/** Return what is wrong with a definition; none if it could be saved as it is. */
async function checked(definition: Definition, signal: AbortSignal): Promise<readonly Violation[]> {
  try {
    await checkDefinition(definition, signal);
    return [];
  } catch (thrown) {
    const error = asApiError(thrown);
    if (error.temporary || error.code === CODE.unauthenticated) throw error;
    if (error.violations.length) return error.violations;
    return [{ field: "definition.graph_id", description: error.message }];
  }
}
