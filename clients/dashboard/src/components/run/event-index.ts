/**
 * Finds events of a run by kind, node, severity and text, however many there are.
 *
 * Each event is looked at once when it comes, and once for each filter that is set: a filter goes on
 * where it was, with what came since. What it found only ever grows, so views can hold on to it.
 */
import type { RunEvent } from "@/api/types";
import {
  EVENT_KINDS,
  kindOf,
  nodeOf,
  severityOf,
  wordsOf,
  type EventKind,
} from "@/components/run/event-kinds";

export interface EventFilter {
  /** None of them means all. */
  kinds: readonly EventKind[];
  node: string;
  /** The least severe that is shown, RFC 5424: a smaller number is worse. */
  severity: number | null;
  text: string;
}

export const NO_FILTER: EventFilter = { kinds: [], node: "", severity: null, text: "" };

/** Texts beyond this are made anew for each search rather than kept. */
const LONGEST_KEPT = 2_000;
/** The clock is not looked at for each event. */
const AT_A_TIME = 256;

export function isFiltering(filter: EventFilter): boolean {
  return Boolean(
    filter.kinds.length || filter.node || filter.severity !== null || filter.text.trim(),
  );
}

export class EventIndex {
  readonly events: RunEvent[] = [];
  /** How many there are of each kind. */
  readonly kinds = new Map<EventKind, number>();
  /** How many came from each node. */
  readonly nodes = new Map<string, number>();
  private readonly kindAt: number[] = [];
  private readonly nodeAt: string[] = [];
  private readonly severityAt: number[] = [];
  private readonly textAt: (string | undefined)[] = [];
  private filter = NO_FILTER;
  private wanted: ReadonlySet<number> = new Set();
  private words: readonly string[] = [];
  private found: number[] = [];
  private looked = 0;

  /** Take the events behind those that are known already. */
  append(all: readonly RunEvent[]): void {
    for (let at = this.events.length; at < all.length; at++) {
      const event = all[at];
      if (event) this.add(event);
    }
  }

  /** Set what is looked for. */
  look(filter: EventFilter): void {
    this.filter = filter;
    this.wanted = new Set(filter.kinds.map((kind) => EVENT_KINDS.indexOf(kind)));
    this.words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
    this.found = [];
    this.looked = 0;
  }

  /** Look further, until everything was looked at or `enough` says so; return whether it is done. */
  search(enough: () => boolean = () => false): boolean {
    while (this.looked < this.events.length) {
      const until = Math.min(this.looked + AT_A_TIME, this.events.length);
      for (let at = this.looked; at < until; at++) if (this.fits(at)) this.found.push(at);
      this.looked = until;
      if (until < this.events.length && enough()) return false;
    }
    return true;
  }

  /** Positions in `events` of what was found so far, in order. */
  get matches(): readonly number[] {
    return this.found;
  }

  /** Return the position of an event, or of the first one behind it. */
  positionOf(sequence: number): number {
    let [low, high] = [0, this.events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (Number(this.events[middle]?.sequence) < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private add(event: RunEvent): void {
    const kind = kindOf(event);
    const node = nodeOf(event);
    this.events.push(event);
    this.kindAt.push(EVENT_KINDS.indexOf(kind));
    this.nodeAt.push(node);
    this.severityAt.push(severityOf(event));
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
    if (node) this.nodes.set(node, (this.nodes.get(node) ?? 0) + 1);
  }

  private fits(at: number): boolean {
    const { node, severity } = this.filter;
    if (this.wanted.size && !this.wanted.has(this.kindAt[at] ?? -1)) return false;
    if (node && this.nodeAt[at] !== node) return false;
    if (severity !== null && (this.severityAt[at] ?? 6) > severity) return false;
    if (!this.words.length) return true;
    const text = this.textOf(at);
    return this.words.every((word) => text.includes(word));
  }

  private textOf(at: number): string {
    const kept = this.textAt[at];
    if (kept !== undefined) return kept;
    const event = this.events[at];
    if (!event) return "";
    // All events of a run have its id: searching for it finds none of them.
    const text = `${wordsOf(event).title} ${JSON.stringify({ ...event, runId: "" })}`.toLowerCase();
    if (text.length <= LONGEST_KEPT) this.textAt[at] = text;
    return text;
  }
}
