/**
 * Layouts by ELK, in a worker: once for each drawing and direction.
 *
 * The worker is a file of this server, as the policy wants it; the page never waits for it.
 */
import ELK from "elkjs/lib/elk-api";
import worker from "elkjs/lib/elk-worker.min.js?url";

import type { Drawing } from "@/components/graph/drawing";
import { elkGraph, layoutFrom, type Direction, type Layout } from "@/components/graph/layout";

const MAX_KEPT = 200;

let elk: InstanceType<typeof ELK> | null = null;
const kept = new Map<string, Promise<Layout>>();

/** Return the layout of a drawing; the same one when it is asked for again. */
export function layoutOf(drawing: Drawing, direction: Direction): Promise<Layout> {
  const asked = elkGraph(drawing, direction);
  const key = JSON.stringify(asked);
  const found = kept.get(key);
  if (found) return found;
  elk ??= new ELK({ workerFactory: () => new Worker(worker) });
  const made = elk.layout(asked).then((done) => layoutFrom(done, direction));
  made.catch(() => kept.delete(key));
  kept.set(key, made);
  for (const oldest of kept.keys()) {
    if (kept.size <= MAX_KEPT) break;
    kept.delete(oldest);
  }
  return made;
}
