import { expect, it } from "vitest";

import { after, runWatch } from "@/api/run-watch";
import type { Run } from "@/api/types";

const RUN: Run = { runId: "r", status: "RUN_STATUS_RUNNING", lastSequence: "4" };

it("moves a run on by its events", () => {
  const asked = after(RUN, {
    sequence: "5",
    interruptRaised: { interrupt: { interruptId: "i", node: "ask" } },
  });
  expect(asked?.interrupts).toHaveLength(1);
  const waits = after(asked, {
    sequence: "6",
    statusChanged: { toStatus: "RUN_STATUS_INTERRUPTED" },
  });
  expect(waits?.status).toBe("RUN_STATUS_INTERRUPTED");
  const answered = after(waits, { sequence: "7", interruptAnswered: { interruptId: "i" } });
  expect(answered?.interrupts).toEqual([]);
  expect(answered?.lastSequence).toBe("7");
  const ended = after(answered, {
    sequence: "8",
    statusChanged: { toStatus: "RUN_STATUS_SUCCEEDED", output: { json: 1 } },
  });
  expect(ended?.output).toEqual({ json: 1 });
  expect(RUN.lastSequence).toBe("4");
});

it("knows nothing of a run before its first message", () => {
  expect(after(null, { sequence: "1" })).toBeNull();
});

it("keeps the watches of few runs", () => {
  const first = runWatch("a");
  expect(runWatch("a")).toBe(first);
  for (const each of ["b", "c", "d", "e"]) runWatch(each);
  expect(runWatch("a")).not.toBe(first);
});
