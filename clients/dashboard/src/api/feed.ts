/**
 * The one watch of all runs that the whole dashboard shares.
 *
 * Pages say what they do with events; the watch goes on from its token after a restart, so that none
 * is missed. Events of a moment are handed over together: a busy server makes thousands a second.
 */
import { answer, api } from "@/api/client";
import { connection } from "@/api/connection";
import { asApiError, type ApiError } from "@/api/errors";
import { watch } from "@/api/socket";
import type { Message, RunEvent } from "@/api/types";

export interface FeedListener {
  /** Events of runs, in the order in which they were committed; deltas are not among them. */
  events: (events: readonly RunEvent[]) => void;
  /** The watch begins anew: what is shown must be read again. */
  begun?: () => void;
}

const EVERY_MS = 200;
const MAX_KEPT = 20_000;

class Feed {
  private readonly listeners = new Set<FeedListener>();
  private kept: RunEvent[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private token = "";
  private close: (() => void) | null = null;

  /** Begin; the dashboard does so once somebody is signed in, and anew for somebody else. */
  start(): () => void {
    this.token = "";
    this.open();
    return () => this.stop();
  }

  listen(listener: FeedListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private open(): void {
    this.close = watch<Message<"WatchRunsResponse">>({
      path: "runs/ws",
      query: () => ({
        heartbeat_interval: "5s",
        ...(this.token ? { resume_token: this.token } : {}),
      }),
      message: (message) => {
        if (!this.token) for (const each of this.listeners) each.begun?.();
        this.token = message.resumeToken ?? this.token;
        if (message.events?.length) this.keep(message.events);
      },
      open: (open) => connection.watched(open),
      missed: () => connection.failed(),
      probe: refused,
      end: () => this.again(),
    });
  }

  /** A token that a server no longer takes is given up: the watch begins anew. */
  private again(): void {
    connection.failed();
    if (!this.token) return;
    this.token = "";
    this.open();
  }

  private stop(): void {
    this.close?.();
    this.close = null;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.kept = [];
  }

  private keep(events: readonly RunEvent[]): void {
    this.kept.push(...events);
    if (this.kept.length > MAX_KEPT) this.hand();
    else this.timer ??= setTimeout(() => this.hand(), EVERY_MS);
  }

  private hand(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const events = this.kept;
    this.kept = [];
    for (const each of this.listeners) each.events(events);
  }
}

export const feed = new Feed();

async function refused(): Promise<ApiError | null> {
  try {
    await answer(api.GET("/v1/runs", { params: { query: { pageSize: 1 } } }));
    return null;
  } catch (thrown) {
    return asApiError(thrown);
  }
}
