import { describe, expect, it } from "vitest";

import { MAX_AT_TOP, RunList, type RunsPage } from "@/components/runs/run-list";
import type { Run, RunEvent, RunStatus } from "@/api/types";

const SIZE = 4;
const TIME = "2026-11-21T12:00:00Z";

/** Runs of a server, newest last, read by pages as it reads them. */
class Stored {
  runs: Run[] = [];

  create(...ids: string[]): void {
    for (const runId of ids)
      this.runs.push({ runId, status: "RUN_STATUS_QUEUED", lastSequence: "1" });
  }

  readonly read = (token: string): Promise<RunsPage> => {
    const newest = [...this.runs].reverse();
    const from = token ? newest.findIndex((run) => run.runId === token) + 1 : 0;
    const runs = newest.slice(from, from + SIZE).map((run) => ({ ...run }));
    const more = from + SIZE < newest.length;
    return Promise.resolve({ runs, nextPageToken: more ? (runs.at(-1)?.runId ?? "") : "" });
  };
}

function event(runId: string, sequence: number, toStatus: RunStatus): RunEvent {
  return { runId, sequence: String(sequence), eventTime: TIME, statusChanged: { toStatus } };
}

const names = (count: number, prefix = "r") =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`);
const ids = (list: RunList) => list.get().rows.map((run) => run.runId);

async function everything(list: RunList): Promise<void> {
  while (list.get().hasMore) await list.more();
}

async function opened(count: number): Promise<{ stored: Stored; list: RunList }> {
  const stored = new Stored();
  stored.create(...names(count));
  const list = new RunList(stored.read);
  await list.refresh();
  return { stored, list };
}

describe("pages", () => {
  it("are read one after another, each run once", async () => {
    const { list } = await opened(10);
    expect(ids(list)).toEqual(["r9", "r8", "r7", "r6"]);
    await everything(list);
    expect(ids(list)).toEqual(names(10).reverse());
  });

  it("are counted where none match, until reading goes on", async () => {
    let reads = 0;
    const list = new RunList(() => {
      reads += 1;
      return Promise.resolve({ runs: [], nextPageToken: String(reads) });
    });
    await list.refresh();
    await list.more();
    await list.more();
    expect(list.get()).toMatchObject({ emptyPages: 2, hasMore: true });
    list.goOn();
    expect(list.get().emptyPages).toBe(0);
  });

  it("say what went wrong, and come when tried again", async () => {
    const { stored } = await opened(6);
    let broken = false;
    const list = new RunList((token) =>
      broken ? Promise.reject(new Error("gone")) : stored.read(token),
    );
    await list.refresh();
    broken = true;
    await list.more();
    expect(list.get().error).toEqual(new Error("gone"));
    expect(ids(list)).toHaveLength(4);
    broken = false;
    await list.refresh();
    await list.more();
    expect(list.get().error).toBeNull();
    expect(ids(list)).toHaveLength(6);
  });
});

describe("new runs", () => {
  it("come at the top and lose nothing below", async () => {
    const { stored, list } = await opened(10);
    await everything(list);
    stored.create("a", "b");
    await list.refresh();
    expect(ids(list)).toEqual(["b", "a", ...names(10).reverse()]);
  });

  it("are only told of while somebody looks at older ones", async () => {
    const { stored, list } = await opened(10);
    stored.create("a", "b");
    await list.refresh(() => true);
    expect(ids(list)).toEqual(["r9", "r8", "r7", "r6"]);
    expect(list.get()).toMatchObject({ fresh: 2, freshMore: false });
    stored.create("c", "d", "e");
    await list.refresh(() => true);
    expect(list.get()).toMatchObject({ fresh: 4, freshMore: true });
    list.show();
    expect(ids(list)).toEqual(["e", "d", "c", "b"]);
    expect(list.get().fresh).toBe(0);
    await everything(list);
    expect(ids(list)).toEqual(["e", "d", "c", "b", "a", ...names(10).reverse()]);
  });

  it("are shown when the rows were let go while the top was read", async () => {
    const { stored, list } = await opened(1);
    stored.create("a");
    let held = true;
    const answered = list.refresh(() => held);
    held = false;
    list.show();
    await answered;
    expect(ids(list)).toEqual(["a", "r0"]);
  });

  it("begin the list anew where more came than a page holds", async () => {
    const { stored, list } = await opened(3);
    stored.create(...names(9, "n"));
    await list.refresh();
    expect(ids(list)).toEqual(["n8", "n7", "n6", "n5"]);
    await everything(list);
    expect(ids(list)).toHaveLength(12);
  });

  it("push out old ones beyond what is kept, which can be read again", async () => {
    const { stored, list } = await opened(MAX_AT_TOP + 40);
    await everything(list);
    stored.create("new");
    await list.refresh();
    expect(ids(list).length).toBeLessThan(MAX_AT_TOP + SIZE);
    await everything(list);
    expect(new Set(ids(list)).size).toBe(MAX_AT_TOP + 41);
    expect(ids(list)).toHaveLength(MAX_AT_TOP + 41);
  });

  it("do not stop a page that was under way from fitting, or being dropped", async () => {
    const { stored, list } = await opened(10);
    const more = list.more();
    stored.create(...names(9, "n"));
    await list.refresh();
    await more;
    await everything(list);
    expect(ids(list)).toEqual([...names(9, "n").reverse(), ...names(10).reverse()]);
  });
});

describe("runs that are gone or no longer match", () => {
  it("leave when the top is read again", async () => {
    const { stored, list } = await opened(6);
    stored.runs = stored.runs.filter((run) => run.runId !== "r4");
    await list.refresh();
    expect(ids(list)).toEqual(["r5", "r3", "r2", "r1"]);
  });

  it("all of them", async () => {
    const { stored, list } = await opened(6);
    stored.runs = [];
    await list.refresh();
    expect(ids(list)).toEqual([]);
  });
});

describe("events", () => {
  it("change the row of their run", async () => {
    const { list } = await opened(2);
    list.patch([event("r0", 2, "RUN_STATUS_RUNNING"), event("r0", 5, "RUN_STATUS_FAILED")]);
    expect(list.find("r0")).toMatchObject({
      status: "RUN_STATUS_FAILED",
      startTime: TIME,
      endTime: TIME,
    });
    expect(list.get().rows[1]).toBe(list.find("r0"));
  });

  it("that are older than the row change nothing", async () => {
    const { list } = await opened(1);
    list.patch([event("r0", 4, "RUN_STATUS_SUCCEEDED"), event("r0", 2, "RUN_STATUS_RUNNING")]);
    expect(list.find("r0")?.status).toBe("RUN_STATUS_SUCCEEDED");
    const before = list.get();
    list.patch([event("unknown", 1, "RUN_STATUS_RUNNING")]);
    expect(list.get()).toBe(before);
  });

  it("outlive an answer that was made before them", async () => {
    const { stored, list } = await opened(1);
    stored.create("late");
    const answered = list.refresh();
    list.patch([event("late", 2, "RUN_STATUS_RUNNING"), event("late", 3, "RUN_STATUS_SUCCEEDED")]);
    await answered;
    expect(list.find("late")).toMatchObject({ status: "RUN_STATUS_SUCCEEDED", startTime: TIME });
  });

  it("keep no output", async () => {
    const { list } = await opened(1);
    const done = event("r0", 2, "RUN_STATUS_SUCCEEDED");
    list.patch([{ ...done, statusChanged: { ...done.statusChanged, output: { data: "large" } } }]);
    expect(list.find("r0")?.output).toBeUndefined();
  });
});
