/**
 * What is said of a drawing's nodes and edges beyond the drawing: what became of them in a run, what
 * is wrong with them, which is selected.
 *
 * Nodes follow only their own mark: when one of two hundred is lit, one is drawn anew.
 */
import { createContext, useCallback, useContext, useSyncExternalStore } from "react";

import type { Tone } from "@/lib/status";

export interface NodeMark {
  /** The looks of a status; none for a node that the run has not come to. */
  tone?: Tone;
  /** The status in words. */
  words?: string;
  /** Beside it: how long, how often. */
  note?: string;
  /** How often the run came to it, from 2. */
  visits?: number;
  /** It runs now. */
  lit?: boolean;
  dim?: boolean;
  /** How many things are wrong with it. */
  faults?: number;
}

export interface EdgeMark {
  /** How often it was taken. */
  taken?: number;
  dim?: boolean;
  faults?: number;
}

export interface Marks {
  nodes: ReadonlyMap<string, NodeMark>;
  edges: ReadonlyMap<string, EdgeMark>;
}

export const NO_MARKS: Marks = { nodes: new Map(), edges: new Map() };

export class MarkStore {
  private marks = NO_MARKS;
  private chosen = "";
  private readonly listeners = new Set<() => void>();

  set(marks: Marks, selected: string): void {
    this.marks = {
      nodes: reused(this.marks.nodes, marks.nodes),
      edges: reused(this.marks.edges, marks.edges),
    };
    this.chosen = selected;
    for (const each of this.listeners) each();
  }

  node(id: string): NodeMark | undefined {
    return this.marks.nodes.get(id);
  }

  edge(id: string): EdgeMark | undefined {
    return this.marks.edges.get(id);
  }

  selected(id: string): boolean {
    return this.chosen === id;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}

/** Return the marks, each of which is the one before if it says the same. */
function reused<Mark extends object>(
  before: ReadonlyMap<string, Mark>,
  after: ReadonlyMap<string, Mark>,
): ReadonlyMap<string, Mark> {
  const kept = new Map<string, Mark>();
  for (const [id, mark] of after) {
    const old = before.get(id);
    kept.set(id, old && JSON.stringify(old) === JSON.stringify(mark) ? old : mark);
  }
  return kept;
}

export const MarkContext = createContext(new MarkStore());

export function useNodeMark(id: string): NodeMark | undefined {
  const store = useContext(MarkContext);
  return useSyncExternalStore(
    store.subscribe,
    useCallback(() => store.node(id), [store, id]),
  );
}

export function useEdgeMark(id: string): EdgeMark | undefined {
  const store = useContext(MarkContext);
  return useSyncExternalStore(
    store.subscribe,
    useCallback(() => store.edge(id), [store, id]),
  );
}

export function useSelected(id: string): boolean {
  const store = useContext(MarkContext);
  return useSyncExternalStore(
    store.subscribe,
    useCallback(() => store.selected(id), [store, id]),
  );
}
