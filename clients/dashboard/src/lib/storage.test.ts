import { describe, expect, it } from "vitest";

import { added, durationOf, rowOf, sorted } from "@/lib/storage";

const GRAPH = {
  graphId: "quality",
  statuses: [
    {
      status: "RUN_STATUS_SUCCEEDED" as const,
      runs: "3",
      runBytes: "100",
      eventBytes: "60",
      checkpointBytes: "30",
    },
    { status: "RUN_STATUS_FAILED" as const, runs: "0" },
  ],
  artifacts: "2",
  artifactBytes: "50",
  retention: "3600s",
};

describe("rowOf", () => {
  it("sums what the runs of all statuses hold", () => {
    expect(rowOf(GRAPH)).toMatchObject({
      runs: 3,
      statuses: [{ status: "RUN_STATUS_SUCCEEDED", runs: 3 }],
      otherBytes: 10,
      bytes: 150,
      retentionMs: 3_600_000,
    });
  });

  it("keeps for ever what has no retention", () => {
    expect(rowOf({}).retentionMs).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("sorted", () => {
  it("goes by a column, then by name", () => {
    const rows = [rowOf({ graphId: "b" }), rowOf(GRAPH), rowOf({ graphId: "a" })];
    const names = (by: "bytes" | "retentionMs", descending: boolean) =>
      sorted(rows, { by, descending }).map(({ graphId }) => graphId);
    expect(names("bytes", true)).toEqual(["quality", "a", "b"]);
    expect(names("bytes", false)).toEqual(["a", "b", "quality"]);
    expect(names("retentionMs", true)).toEqual(["a", "b", "quality"]);
  });
});

describe("added", () => {
  it("goes on counting", () => {
    const once = added({ runs: 0, bytes: 0 }, [{ runs: "2", runBytes: "5", artifactBytes: "1" }]);
    expect(added(once, [{ runs: "1" }])).toEqual({ runs: 3, bytes: 6 });
  });
});

describe("durationOf", () => {
  it("is in seconds", () => {
    expect(durationOf("1.5", "hours")).toBe("5400s");
    expect(durationOf("0", "days")).toBe("0s");
  });

  it.each(["", " ", "-1", "x", "Infinity"])("%j is no length of time", (amount) => {
    expect(durationOf(amount, "days")).toBeUndefined();
  });
});
