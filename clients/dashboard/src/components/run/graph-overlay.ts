/**
 * What became of a graph's nodes in a run, folded from its events; pure, and only what is new is read.
 *
 * 1. Folding events in parts gives what folding them at once gives.
 * 2. What did not change keeps its identity, so that views draw anew only what did.
 * 3. Steps that ListSteps tells stand in for events that retention removed; told twice they count once.
 */
import type { Graph, Payload, RunEvent, RunStatus, Step } from "@/api/types";
import { END, START } from "@/components/graph/drawing";

export interface Attempt {
  attempt: number;
  start?: string;
  end?: string;
  status: RunStatus;
  message: string;
}

export interface NodeStep {
  stepId: string;
  visit: number;
  tool: string;
  status: RunStatus;
  message: string;
  /** By number; those that are known. */
  attempts: readonly Attempt[];
}

type Told = Omit<NodeStep, "attempts">;

export interface NodeHistory {
  steps: readonly NodeStep[];
  /** The newest update it wrote, alone or with nodes that ran beside it. */
  update?: { checkpointId: string; value: Payload | undefined; time: string };
}

export interface Overlay {
  /** How many events were read. */
  read: number;
  nodes: ReadonlyMap<string, NodeHistory>;
  /** How often each edge was taken, by `pair`. */
  takes: ReadonlyMap<string, number>;
  /** Ways that were taken and that the graph does not tell of: a node chose where to go. */
  jumps: readonly (readonly [string, string])[];
  /** The nodes that are to run and have not begun. */
  next: readonly string[];
  /** A state was saved: what begins now follows a node, not the start. */
  entered: boolean;
  ways: ReadonlyMap<string, ReadonlySet<string>>;
  known: ReadonlySet<string>;
}

const NO_HISTORY: NodeHistory = { steps: [] };

/** The name of the way from one node to another. */
export function pair(source: string, target: string): string {
  return `${source}\n${target}`;
}

/** Return what is known before any event. */
export function begin(graph: Graph, steps: readonly Step[] = []): Overlay {
  const ways = new Map<string, Set<string>>();
  for (const { source = "", target = "" } of graph.edges ?? [])
    ways.set(source, (ways.get(source) ?? new Set()).add(target));
  const known = new Set((graph.nodes ?? []).map((node) => node.name ?? ""));
  const fold = new Fold({
    read: 0,
    nodes: new Map(),
    takes: new Map(),
    jumps: [],
    next: [],
    entered: false,
    ways,
    known,
  });
  for (const step of steps) fold.step(step);
  return fold.done(0);
}

/** Return what is known after all events, of which the first `overlay.read` were folded before. */
export function advance(overlay: Overlay, events: readonly RunEvent[]): Overlay {
  if (events.length <= overlay.read) return overlay;
  const fold = new Fold(overlay);
  for (let index = overlay.read; index < events.length; index += 1) {
    const event = events[index];
    if (event) fold.event(event);
  }
  return fold.done(events.length);
}

/** Folds the events of one run as they come; those that it has read are not read again. */
export class Folding {
  private overlay: Overlay;

  constructor(
    private readonly graph: Graph,
    private readonly steps: readonly Step[],
  ) {
    this.overlay = begin(graph, steps);
  }

  upTo(events: readonly RunEvent[]): Overlay {
    if (events.length < this.overlay.read) this.overlay = begin(this.graph, this.steps);
    this.overlay = advance(this.overlay, events);
    return this.overlay;
  }
}

/** Changes to an overlay, on copies of what changes. */
class Fold {
  private readonly nodes: Map<string, NodeHistory>;
  private readonly takes: Map<string, number>;
  private jumps: readonly (readonly [string, string])[];
  private next: readonly string[];
  private entered: boolean;
  /** Steps of nodes that were copied already. */
  private readonly copies = new Map<string, NodeStep[]>();

  constructor(private readonly from: Overlay) {
    this.nodes = new Map(from.nodes);
    this.takes = new Map(from.takes);
    this.jumps = from.jumps;
    this.next = from.next;
    this.entered = from.entered;
  }

  done(read: number): Overlay {
    for (const [name, steps] of this.copies)
      this.nodes.set(name, { ...(this.nodes.get(name) ?? NO_HISTORY), steps });
    const { ways, known } = this.from;
    const { nodes, takes, jumps, next, entered } = this;
    return { read, nodes, takes, jumps, next, entered, ways, known };
  }

  event(event: RunEvent): void {
    const { stepChanged: step, stateUpdated: state, eventTime: time = "" } = event;
    if (step) {
      const { node = "", visit = 1, attempt = 1, tool = "", message = "" } = step;
      const status = step.toStatus ?? "RUN_STATUS_RUNNING";
      const running = status === "RUN_STATUS_RUNNING";
      if (running && attempt === 1) this.begun(this.outer(node), visit);
      const times = running ? { start: time } : { end: time };
      const stepId = event.stepId || `${node}:${visit}`;
      this.put(node, { stepId, visit, tool, status, message }, { attempt, ...times });
    }
    if (state) {
      const { nodes = [], nextNodes = [], checkpointId = "", update } = state;
      const left = nodes.map((each) => this.outer(each));
      this.moved(
        [...new Set(left)],
        nextNodes.map((each) => this.outer(each)),
      );
      for (const name of new Set(left)) {
        const history = this.nodes.get(name) ?? NO_HISTORY;
        this.nodes.set(name, { ...history, update: { checkpointId, value: update, time } });
      }
    }
  }

  step(step: Step): void {
    const { node = "", stepId = "", visit = 1, tool = "", message = "", attempt = 1 } = step;
    const status = step.status ?? "RUN_STATUS_RUNNING";
    const times = { start: step.startTime, end: step.endTime };
    this.put(node, { stepId, visit, tool, status, message }, { attempt, ...times });
  }

  private put(
    node: string,
    told: Told,
    attempt: { attempt: number; start?: string; end?: string },
  ): void {
    const steps = this.stepsOf(this.outer(node));
    const [at, known] = placeOf(steps, told);
    const before = known ? steps[at] : undefined;
    const { status, message } = told;
    const attempts = withAttempt(before?.attempts ?? [], { ...attempt, status, message });
    const tool = told.tool || before?.tool || "";
    steps.splice(at, known ? 1 : 0, { ...told, tool, attempts });
  }

  private stepsOf(name: string): NodeStep[] {
    const found = this.copies.get(name) ?? [...(this.nodes.get(name)?.steps ?? [])];
    this.copies.set(name, found);
    return found;
  }

  private begun(node: string, visit: number): void {
    const at = this.next.indexOf(node);
    if (at >= 0) this.next = this.next.filter((_, index) => index !== at);
    if (!this.entered && visit === 1) this.take(START, node, 1);
  }

  private moved(left: readonly string[], next: readonly string[]): void {
    this.entered ||= left.length > 0;
    this.next = next;
    const explained = new Set<string>();
    for (const source of left) {
      const ways = this.from.ways.get(source);
      const taken = [...new Set(next)].filter((each) => ways?.has(each));
      for (const target of taken) {
        explained.add(target);
        this.take(source, target, next.filter((each) => each === target).length);
      }
      if (!taken.length && ways?.has(END)) this.take(source, END, 1);
    }
    const [only, ...others] = left;
    if (only === undefined || others.length > 0) return;
    for (const target of new Set(next)) if (!explained.has(target)) this.jump(only, target);
  }

  private jump(source: string, target: string): void {
    if (!this.from.known.has(source) || !this.from.known.has(target)) return;
    if (!this.jumps.some(([from, to]) => from === source && to === target))
      this.jumps = [...this.jumps, [source, target]];
    this.take(source, target, 1);
  }

  private take(source: string, target: string, times: number): void {
    const way = pair(source, target);
    this.takes.set(way, (this.takes.get(way) ?? 0) + times);
  }

  /** A node of a subgraph counts for the node that the subgraph is. */
  private outer(name: string): string {
    if (this.from.known.has(name)) return name;
    const [first = name] = name.split(/[|:]/);
    return this.from.known.has(first) ? first : name;
  }
}

/** Return where a step stands, or where it is to be put in; steps are in the order of their visits. */
function placeOf(steps: readonly NodeStep[], { stepId, visit }: Told): [number, boolean] {
  let at = steps.length - 1;
  while (at >= 0 && (steps[at]?.visit ?? 0) > visit) at -= 1;
  for (let each = at; steps[each]?.visit === visit; each -= 1)
    if (steps[each]?.stepId === stepId) return [each, true];
  return [at + 1, false];
}

function withAttempt(attempts: readonly Attempt[], told: Attempt): readonly Attempt[] {
  const before = attempts.find((each) => each.attempt === told.attempt);
  const after = {
    ...told,
    start: told.start ?? before?.start,
    end: told.status === "RUN_STATUS_RUNNING" ? undefined : (told.end ?? before?.end),
  };
  return [...attempts.filter((each) => each.attempt !== told.attempt), after].sort(
    (one, other) => one.attempt - other.attempt,
  );
}
