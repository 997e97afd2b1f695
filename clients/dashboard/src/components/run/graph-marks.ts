/** How what became of a run's nodes is shown on its graph; pure. */
import type { RunStatus } from "@/api/types";
import { END, START, type Drawing } from "@/components/graph/drawing";
import type { EdgeMark, Marks, NodeMark } from "@/components/graph/marks";
import {
  pair,
  type NodeHistory,
  type NodeStep,
  type Overlay,
} from "@/components/run/graph-overlay";
import { isTerminal, lookOf, type Tone } from "@/lib/status";
import { between, spell } from "@/lib/time";

export interface Standing {
  tone: Tone;
  words: string;
  lit: boolean;
}

const TRYING_AGAIN: Standing = { tone: "interrupted", words: "trying again", lit: false };
const NEXT: Standing = { tone: "queued", words: "next", lit: false };
const WORDS: Partial<Record<Tone, string>> = { succeeded: "done", interrupted: "asks" };

/** Return the marks of a run's graph. */
export function marksOf(
  drawing: Drawing,
  overlay: Overlay,
  status: RunStatus | undefined,
  now: number,
): Marks {
  const nodes = new Map<string, NodeMark>();
  for (const { id, look } of drawing.nodes) {
    if (look === "node") nodes.set(id, nodeMark(id, overlay, status, now));
  }
  nodes.set(START, overlay.nodes.size ? { tone: "succeeded" } : {});
  if (status === "RUN_STATUS_SUCCEEDED") nodes.set(END, { tone: "succeeded" });
  else if (isTerminal(status)) nodes.set(END, { dim: true });
  const edges = new Map<string, EdgeMark>();
  for (const { id, source, target } of drawing.edges) {
    const taken = overlay.takes.get(pair(source, target)) ?? 0;
    edges.set(id, taken ? { taken } : { dim: isTerminal(status) || left(overlay, source) });
  }
  return { nodes, edges };
}

/** Whether a run has come to a node and gone on from it. */
function left(overlay: Overlay, source: string): boolean {
  return source === START ? overlay.nodes.size > 0 : !!overlay.nodes.get(source)?.update;
}

function nodeMark(
  id: string,
  overlay: Overlay,
  status: RunStatus | undefined,
  now: number,
): NodeMark {
  const history = overlay.nodes.get(id);
  const waits = overlay.next.includes(id) && !isTerminal(status);
  const standing = waits && !active(history) ? NEXT : standingOf(history, status);
  if (!history?.steps.length || !standing)
    return waits ? NEXT : { dim: isTerminal(status), words: isTerminal(status) ? "not run" : "" };
  const spent = spentOn(history, now);
  return {
    tone: standing.tone,
    words: standing.words,
    lit: standing.lit,
    visits: history.steps.length,
    ...(Number.isFinite(spent) ? { note: spell(spent) } : {}),
  };
}

/** Return where a node stands; null for one that the run has not come to. */
export function standingOf(
  history: NodeHistory | undefined,
  status: RunStatus | undefined,
): Standing | null {
  const steps = history?.steps ?? [];
  const telling = active(history) ?? steps.at(-1);
  return telling ? standingOfStep(telling, status) : null;
}

/** Return where a step stands; one that a worker left stands where its run does. */
export function standingOfStep(step: NodeStep, status: RunStatus | undefined): Standing {
  const { tone } = lookOf(step.status);
  const running = tone === "running";
  if (running && status === "RUN_STATUS_QUEUED") return { ...NEXT, words: "waits for a worker" };
  if (running && isTerminal(status)) return { ...shown(lookOf(status).tone), lit: false };
  if (tone === "failed" && !isTerminal(status)) return TRYING_AGAIN;
  if (tone === "interrupted" && isTerminal(status)) return shown(lookOf(status).tone);
  return { ...shown(tone), lit: running };
}

function shown(tone: Tone): Standing {
  return { tone, words: WORDS[tone] ?? tone, lit: false };
}

function active(history: NodeHistory | undefined): NodeStep | undefined {
  const among = (status: RunStatus) => history?.steps.findLast((each) => each.status === status);
  return among("RUN_STATUS_RUNNING") ?? among("RUN_STATUS_INTERRUPTED");
}

/** Return the milliseconds that all attempts at a node took, or have taken until now. */
export function spentOn(history: NodeHistory, now: number): number {
  return history.steps.reduce((sum, step) => sum + spentOnStep(step, now), 0);
}

export function spentOnStep(step: NodeStep, now: number): number {
  const newest = step.attempts.at(-1);
  return step.attempts.reduce((sum, each) => {
    const runs = each === newest && step.status === "RUN_STATUS_RUNNING";
    const took = between(each.start, each.end, runs ? now : Number.NaN);
    return sum + (Number.isFinite(took) ? Math.max(0, took) : 0);
  }, 0);
}
