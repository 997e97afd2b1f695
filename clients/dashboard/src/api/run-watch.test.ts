import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { after, runWatch, RunWatch } from "@/api/run-watch";
import type { Message, Run, RunEvent } from "@/api/types";

type Line = Message<"WatchRunResponse">;

/** The browser's end of a connection, in the hands of the test. */
class Socket {
  static opened: Socket[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor(readonly url: URL) {
    Socket.opened.push(this);
  }

  get from(): string | null {
    return new URL(this.url).searchParams.get("from_sequence");
  }

  say(...lines: Line[]): void {
    this.onopen?.();
    for (const result of lines) this.onmessage?.({ data: JSON.stringify({ result }) });
  }

  close(): void {
    // Nobody listens to what was closed on purpose.
  }
}

const RUN: Run = { runId: "r", status: "RUN_STATUS_RUNNING", lastSequence: "4" };
const started = (run: Run, next = "1"): Line => ({ nextSequence: next, started: { run } });
const batch = (...sequences: number[]): Line => ({
  nextSequence: String((sequences.at(-1) ?? 0) + 1),
  batch: { events: sequences.map((each) => ({ sequence: String(each), custom: {} })) },
});

function watching(): { watch: RunWatch; stop: () => void } {
  const watch = new RunWatch("r");
  return { watch, stop: watch.subscribe(() => undefined) };
}

const sequences = (watch: RunWatch) => watch.get().events.map((each) => Number(each.sequence));
const nth = (at: number): Socket => {
  const found = Socket.opened[at];
  if (!found) throw new Error(`no connection ${at}`);
  return found;
};

beforeEach(() => {
  Socket.opened = [];
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", Socket);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("RunWatch", () => {
  it("has every event once, over a break in which some are told again", () => {
    const { watch } = watching();
    nth(0).say(started(RUN), batch(1, 2, 3));
    nth(0).onclose?.({ code: 1006 });
    vi.advanceTimersByTime(1000);
    expect(nth(1).from).toBe("4");
    nth(1).say(started(RUN, "4"), batch(3, 4, 5));
    vi.advanceTimersByTime(100);
    expect(sequences(watch)).toEqual([1, 2, 3, 4, 5]);
  });

  it("goes on behind what was removed", () => {
    const { watch } = watching();
    nth(0).say(
      started(RUN),
      { nextSequence: "201", compacted: { fromSequence: "1", toSequence: "200" } },
      batch(201),
    );
    nth(0).onclose?.({ code: 1006 });
    vi.advanceTimersByTime(1000);
    expect(nth(1).from).toBe("202");
    expect(watch.get().removed).toEqual([[1, 200]]);
  });

  it("does not go back in time while it is told the past", () => {
    const { watch } = watching();
    const done: Run = { ...RUN, status: "RUN_STATUS_SUCCEEDED", lastSequence: "3" };
    const events: RunEvent[] = [
      { sequence: "1", statusChanged: { toStatus: "RUN_STATUS_QUEUED" } },
      { sequence: "2", statusChanged: { toStatus: "RUN_STATUS_RUNNING" } },
    ];
    nth(0).say(started(done), { nextSequence: "3", batch: { events } });
    vi.advanceTimersByTime(100);
    expect(watch.get().run).toEqual(done);
    expect(sequences(watch)).toEqual([1, 2]);
  });

  it("tells at most once a frame, with another array only if events came", () => {
    const watch = new RunWatch("r");
    const told = vi.fn();
    watch.subscribe(told);
    nth(0).say(started(RUN), batch(1, 2), batch(3), batch(4));
    vi.advanceTimersByTime(100);
    expect(told).toHaveBeenCalledTimes(1);
    const { events } = watch.get();
    nth(0).say({ nextSequence: "5", heartbeat: {} });
    nth(0).say(started({ ...RUN, attempt: 2, lastSequence: "4" }, "5"));
    vi.advanceTimersByTime(100);
    expect(watch.get().run?.attempt).toBe(2);
    expect(watch.get().events).toBe(events);
  });

  it("is complete when the run has ended, and keeps what it has when one comes back", () => {
    const { watch, stop } = watching();
    nth(0).say(started(RUN), batch(1), {
      nextSequence: "2",
      ended: { run: { ...RUN, status: "RUN_STATUS_SUCCEEDED" } },
    });
    nth(0).onclose?.({ code: 1000 });
    vi.advanceTimersByTime(100);
    expect(watch.get()).toMatchObject({ complete: true, run: { status: "RUN_STATUS_SUCCEEDED" } });
    stop();
    watch.subscribe(() => undefined);
    expect(nth(1).from).toBe("2");
    expect(sequences(watch)).toEqual([1]);
  });
});

describe("after", () => {
  it("knows nothing of a run before its first message", () => {
    expect(after(null, { sequence: "1" })).toBeNull();
  });

  it("follows statuses, questions and answers", () => {
    let run: Run | null = { ...RUN, interrupts: [] };
    const interrupt = { interruptId: "a:1:0", node: "a" };
    run = after(run, { sequence: "5", interruptRaised: { interrupt } });
    run = after(run, { sequence: "6", statusChanged: { toStatus: "RUN_STATUS_INTERRUPTED" } });
    expect(run).toMatchObject({ status: "RUN_STATUS_INTERRUPTED", interrupts: [interrupt] });
    run = after(run, { sequence: "7", interruptAnswered: { interruptId: "a:1:0" } });
    run = after(run, {
      sequence: "8",
      eventTime: "2026-11-21T12:00:00Z",
      statusChanged: { toStatus: "RUN_STATUS_CANCELLED" },
    });
    expect(run).toMatchObject({
      status: "RUN_STATUS_CANCELLED",
      interrupts: [],
      endTime: "2026-11-21T12:00:00Z",
      lastSequence: "8",
    });
  });
});

describe("runWatch", () => {
  it("keeps the watches of few runs", () => {
    const first = runWatch("a");
    expect(runWatch("a")).toBe(first);
    for (const each of ["b", "c", "d", "e"]) runWatch(each);
    expect(runWatch("a")).not.toBe(first);
  });
});
