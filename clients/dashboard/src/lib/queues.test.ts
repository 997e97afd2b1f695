import { describe, expect, it } from "vitest";

import { heldBy, leaseOf, meaningOf, partsOf, whereOf } from "@/lib/queues";

describe("meaningOf", () => {
  it("warns when runs wait and nobody serves them", () => {
    const { tone, words } = meaningOf({ ready: "3", lag: "12s", workers: 0 });
    expect(tone).toBe("warn");
    expect(words).toContain("waits 12.0 s");
    expect(words).toContain("no worker");
  });

  it("warns before any run waits", () => {
    expect(meaningOf({ workers: 0 }).tone).toBe("warn");
  });

  it("knows that workers of other servers serve it when runs are held", () => {
    expect(meaningOf({ workers: 0, running: "2" })).toEqual({
      tone: "calm",
      words: "Nothing waits",
    });
  });

  it("tells how long the oldest has waited", () => {
    expect(meaningOf({ ready: "1", lag: "0.4s", workers: 1 })).toEqual({
      tone: "busy",
      words: "The oldest ready run waits 400 ms",
    });
  });

  it("tells runs that are not ready apart", () => {
    expect(meaningOf({ delayed: "1", workers: 1 }).words).toContain("their time");
    expect(meaningOf({ workers: 1 }).words).toBe("Empty");
  });
});

describe("partsOf", () => {
  it("has what there is", () => {
    expect(partsOf({ ready: "2", running: "0" }).map(({ name, runs }) => [name, runs])).toEqual([
      ["ready", 2],
    ]);
  });
});

describe("workers", () => {
  it("are somewhere", () => {
    expect(whereOf({ kind: "WORKER_KIND_EMBEDDED", here: true })).toContain("this server");
    expect(whereOf({ kind: "WORKER_KIND_EMBEDDED" })).toContain("another server");
    expect(whereOf({ kind: "WORKER_KIND_CONNECTED", address: "10.0.0.7:1" })).toContain("10.0.0.7");
    expect(whereOf({})).toContain("leases");
  });

  it("hold what the caller sees and what they do not", () => {
    expect(heldBy({ runCount: 2, otherRunCount: 3 })).toBe(5);
  });

  it("hold runs for a while", () => {
    const end = new Date(10_000).toISOString();
    expect(leaseOf(end, 7_500)).toEqual({ words: "3 s left", over: false });
    expect(leaseOf(end, 12_000)).toEqual({ words: "ended 2.0 s ago", over: true });
    expect(leaseOf(undefined, 0).over).toBe(true);
  });
});
