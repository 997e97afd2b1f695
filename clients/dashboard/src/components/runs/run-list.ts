/**
 * The runs that match a filter, newest first, as far as somebody has scrolled; live at its top.
 *
 * 1. Pages are read by keyset tokens; each keeps the token of what comes after it, so the list can be
 *    cut off behind any page and read again from there.
 * 2. Whatever happens to a run that is shown changes its row in place. A run that no longer matches
 *    stays, marked, until the top is read again: nothing vanishes under the pointer.
 * 3. The first page is read again soon after something happened. At its top the list takes it over;
 *    elsewhere it only tells how many runs are new. Where more were created meanwhile than a page
 *    holds, the list begins anew with that page: memory stays bounded however fast runs come.
 * 4. An answer may be older than events that came while it was under way: the latest are kept.
 */
import type { Run, RunEvent } from "@/api/types";
import { isNewer, patched, slim } from "@/components/runs/patch";

export interface RunsPage {
  runs: readonly Run[];
  /** Empty on the last page. */
  nextPageToken: string;
}

export interface ListNow {
  rows: readonly Run[];
  /** Nothing was answered yet. */
  pending: boolean;
  loadingMore: boolean;
  /** There may be older ones. */
  hasMore: boolean;
  /** Pages without a match in a row: reading on by itself stops after some. */
  emptyPages: number;
  /** Newer runs that the list does not show yet, and whether there are more than that. */
  fresh: number;
  freshMore: boolean;
  error: unknown;
}

export const PAGE_SIZE = 100;
/** Rows that are kept while the list is live at its top. */
export const MAX_AT_TOP = 2_000;
/** Pages without a match in a row that are read on by themselves. */
export const MAX_EMPTY = 10;
const MAX_RECENT = 5_000;
const MAX_RECENT_OF_RUN = 4;

const NOTHING: ListNow = {
  rows: [],
  pending: true,
  loadingMore: false,
  hasMore: false,
  emptyPages: 0,
  fresh: 0,
  freshMore: false,
  error: null,
};

export class RunList {
  private pages: RunsPage[] = [];
  private places = new Map<string, number>();
  private rows: Run[] = [];
  private now: ListNow = NOTHING;
  private waiting: RunsPage | null = null;
  private readonly recent = new Map<string, RunEvent[]>();
  private readonly listeners = new Set<() => void>();
  private reading: Promise<void> | null = null;
  private turn = 0;

  constructor(private readonly read: (pageToken: string) => Promise<RunsPage>) {}

  readonly get = (): ListNow => this.now;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Read the first page again; take it over unless rows are held by then, or tell how many are new. */
  async refresh(held: () => boolean = () => false): Promise<void> {
    try {
      const page = await this.read("");
      if (!held() || this.now.pending) this.takeOver(page);
      else this.hold(page);
      this.tell({ error: null, pending: false });
    } catch (error) {
      this.tell({ error, pending: false });
    }
  }

  /** Show the new runs that were told of. */
  show(): void {
    if (this.waiting) this.takeOver(this.waiting);
  }

  /** Read the next older page; one at a time. */
  async more(): Promise<void> {
    const last = this.pages.at(-1);
    if (this.reading || !last?.nextPageToken) return;
    this.tell({ loadingMore: true });
    this.reading = this.readAfter(last, this.turn);
    await this.reading;
    this.reading = null;
    this.tell({ loadingMore: false });
  }

  /** Have reading go on past pages without a match. */
  goOn(): void {
    this.tell({ emptyPages: 0 });
  }

  /** Return a run that the list shows. */
  find(runId: string): Run | undefined {
    const place = this.places.get(runId);
    return place === undefined ? undefined : this.rows[place];
  }

  /** Change the rows of runs that something happened to. */
  patch(events: readonly RunEvent[]): void {
    let changed = false;
    for (const told of events) {
      if (!told.runId || !told.statusChanged) continue;
      const event = slim(told);
      this.remember(told.runId, event);
      const place = this.places.get(told.runId);
      const row = place === undefined ? undefined : this.rows[place];
      if (place === undefined || !row) continue;
      const next = patched(row, event);
      if (next === row) continue;
      this.rows[place] = next;
      changed = true;
    }
    if (changed) this.tell({ rows: this.rows.slice() });
  }

  private async readAfter(last: RunsPage, turn: number): Promise<void> {
    try {
      const page = await this.read(last.nextPageToken);
      // The list began anew meanwhile: the page does not continue it.
      if (turn !== this.turn) return;
      const runs = page.runs.filter((run) => !this.places.has(run.runId ?? ""));
      this.pages.push({ ...page, runs });
      this.append(runs);
      const emptyPages = runs.length ? 0 : this.now.emptyPages + 1;
      this.tell({ rows: this.rows.slice(), hasMore: this.hasMore, emptyPages, error: null });
    } catch (error) {
      this.tell({ error });
    }
  }

  private hold(page: RunsPage): void {
    const known = page.runs.findIndex((run) => this.places.has(run.runId ?? ""));
    this.waiting = page;
    if (!this.rows.length && page.runs.length) return this.takeOver(page);
    const fresh = known < 0 ? page.runs.length : known;
    this.tell({ fresh, freshMore: known < 0 && page.nextPageToken !== "" });
    this.renew(page);
  }

  /** Bring rows up to date that a page shows, too. */
  private renew(page: RunsPage): void {
    for (const run of page.runs) {
      const place = this.places.get(run.runId ?? "");
      if (place !== undefined) this.rows[place] = this.newest(run);
    }
    this.tell({ rows: this.rows.slice() });
  }

  private takeOver(page: RunsPage): void {
    this.waiting = null;
    // A search looks at some thousand runs a page: that none of the newest match says nothing new.
    if (!page.runs.length && page.nextPageToken && this.rows.length) return;
    const place = this.places.get(page.runs.at(-1)?.runId ?? "");
    const joined = page.nextPageToken && place !== undefined ? this.pagesAfter(place) : [];
    if (!joined.length) this.turn += 1;
    this.pages = cut([page, ...joined]);
    const runs = this.pages.flatMap((each) => each.runs);
    const shown = this.rows;
    const places = this.places;
    this.rows = [];
    this.places = new Map();
    this.append(
      runs.map((run) => shown[places.get(run.runId ?? "") ?? -1] ?? run),
      page.runs,
    );
    this.tell({
      rows: this.rows.slice(),
      hasMore: this.hasMore,
      emptyPages: 0,
      fresh: 0,
      freshMore: false,
    });
  }

  /** Return what the pages hold behind a row. */
  private pagesAfter(place: number): RunsPage[] {
    let first = 0;
    const found: RunsPage[] = [];
    for (const page of this.pages) {
      const skipped = Math.max(0, place + 1 - first);
      if (skipped < page.runs.length) found.push({ ...page, runs: page.runs.slice(skipped) });
      first += page.runs.length;
    }
    return found;
  }

  private append(runs: readonly Run[], answered: readonly Run[] = runs): void {
    const later = new Map(answered.map((run) => [run.runId, run]));
    for (const run of runs) {
      const told = later.get(run.runId);
      this.places.set(run.runId ?? "", this.rows.length);
      this.rows.push(this.newest(told && isNewer(told, run) ? told : run));
    }
  }

  private newest(run: Run): Run {
    return (this.recent.get(run.runId ?? "") ?? []).reduce(patched, run);
  }

  private remember(runId: string, event: RunEvent): void {
    const before = this.recent.get(runId) ?? [];
    this.recent.delete(runId);
    this.recent.set(runId, [...before, event].slice(-MAX_RECENT_OF_RUN));
    if (this.recent.size <= MAX_RECENT) return;
    for (const oldest of this.recent.keys()) {
      this.recent.delete(oldest);
      break;
    }
  }

  private get hasMore(): boolean {
    return Boolean(this.pages.at(-1)?.nextPageToken);
  }

  private tell(change: Partial<ListNow>): void {
    this.now = { ...this.now, ...change };
    for (const each of this.listeners) each();
  }
}

function cut(pages: readonly RunsPage[]): RunsPage[] {
  let rows = 0;
  const kept: RunsPage[] = [];
  for (const page of pages) {
    if (rows >= MAX_AT_TOP) break;
    kept.push(page);
    rows += page.runs.length;
  }
  return kept;
}
