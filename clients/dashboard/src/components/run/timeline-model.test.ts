import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { RunEvent, RunStatus } from "@/api/types";
import { TimelineModel, timelineOf, withSteps } from "@/components/run/timeline-model";

const T0 = Date.parse("2026-11-21T12:00:00Z");
const at = (ms: number) => new Date(T0 + ms).toISOString();
const run = (ms: number, to: RunStatus, attempt = 0): RunEvent => ({
  eventTime: at(ms),
  statusChanged: { toStatus: to, attempt },
});
const step = (ms: number, id: string, to: RunStatus, attempt = 1, message = ""): RunEvent => {
  const [node = "", visit = "1"] = id.split(":");
  const stepChanged = { toStatus: to, node, visit: Number(visit), attempt, message };
  return { eventTime: at(ms), stepId: id, stepChanged };
};
const merged = (ms: number, checkpointId: string): RunEvent => ({
  eventTime: at(ms),
  stateUpdated: { checkpointId },
});
const [QUEUED, RUNNING, ASKS, OK, FAILED] = [
  "RUN_STATUS_QUEUED",
  "RUN_STATUS_RUNNING",
  "RUN_STATUS_INTERRUPTED",
  "RUN_STATUS_SUCCEEDED",
  "RUN_STATUS_FAILED",
] as const;

/** Rows as they are easily compared: kind, tone, from, to. */
function told(events: readonly RunEvent[]) {
  return timelineOf(events).rows.map(({ id, spans }) => [
    id,
    ...spans.map((each) => [each.kind, each.tone, each.start - T0, each.end && each.end - T0]),
  ]);
}

describe("timelineOf", () => {
  it("shows waiting for a worker, work, and the end", () => {
    expect(
      told([
        run(0, QUEUED),
        run(50, RUNNING, 1),
        step(60, "a:1", RUNNING),
        step(90, "a:1", OK),
        run(100, OK),
      ]),
    ).toEqual([
      ["", ["queued", "queued", 0, 50], ["attempt", "succeeded", 50, 100]],
      ["a:1", ["attempt", "succeeded", 60, 90]],
    ]);
  });

  it("shows the pause between attempts, and what goes on as open", () => {
    const said = "attempt 1 of 3 failed: no; next in 0.4 s";
    expect(
      told([
        step(0, "a:1", RUNNING),
        step(10, "a:1", FAILED, 1, said),
        step(410, "a:1", RUNNING, 2),
      ]),
    ).toEqual([
      [
        "a:1",
        ["attempt", "failed", 0, 10],
        ["retry", "queued", 10, 410],
        ["attempt", "running", 410, null],
      ],
    ]);
  });

  it("has no pause after the last attempt", () => {
    const events = [
      step(0, "a:1", RUNNING),
      step(9, "a:1", FAILED, 1, "attempt 1 of 1 failed: no"),
    ];
    expect(told(events)).toEqual([["a:1", ["attempt", "failed", 0, 9]]]);
  });

  it("shows waiting for an answer, of the step and of the run", () => {
    expect(
      told([
        run(0, RUNNING, 1),
        step(0, "a:1", RUNNING),
        step(5, "a:1", ASKS),
        run(6, ASKS),
        run(1000, QUEUED),
        run(1001, RUNNING, 2),
        step(1002, "a:1", RUNNING),
        step(1003, "a:1", OK),
      ]),
    ).toEqual([
      [
        "",
        ["attempt", "interrupted", 0, 6],
        ["answer", "interrupted", 6, 1000],
        ["queued", "queued", 1000, 1001],
        ["attempt", "running", 1001, null],
      ],
      [
        "a:1",
        ["attempt", "interrupted", 0, 5],
        // The run is queued meanwhile; the step waits until it goes on.
        ["answer", "interrupted", 5, 1002],
        ["attempt", "succeeded", 1002, 1003],
      ],
    ]);
  });

  it("ends what a lost worker had begun when another one takes the run", () => {
    const rows = timelineOf([
      run(0, RUNNING, 1),
      step(1, "a:1", RUNNING),
      run(500, RUNNING, 2),
      step(510, "a:1", RUNNING, 2),
    ]).rows;
    expect(rows[1]?.spans).toMatchObject([
      { tone: "cancelled", end: T0 + 500, message: "The worker was lost" },
      { tone: "running", end: null, attempt: 2 },
    ]);
  });

  it("counts supersteps by checkpoint, and parallel steps together", () => {
    const { rows, merges } = timelineOf([
      merged(0, "00000007"),
      step(1, "b:1", RUNNING),
      step(1, "c:1", RUNNING),
      merged(5, "00000008"),
      step(6, "d:1", RUNNING),
    ]);
    expect(rows.map(({ node, superstep }) => [node, superstep])).toEqual([
      ["b", 8],
      ["c", 8],
      ["d", 9],
    ]);
    expect(merges.map(({ superstep }) => superstep)).toEqual([7, 8]);
  });

  it("never has a span that ends before it began, and keeps the order in which steps began", () => {
    const statuses = [QUEUED, RUNNING, ASKS, OK, FAILED, "RUN_STATUS_CANCELLING"] as const;
    const event = fc.oneof(
      fc
        .tuple(fc.integer({ min: -50, max: 500 }), fc.constantFrom(...statuses))
        .map(([ms, to]) => run(ms, to)),
      fc
        .tuple(
          fc.integer({ min: -50, max: 500 }),
          fc.constantFrom("a:1", "a:2", "b:1"),
          fc.constantFrom(...statuses),
          fc.constantFrom("", "no; next in 1 s"),
        )
        .map(([ms, id, to, message]) => step(ms, id, to, 1, message)),
      fc.integer({ min: 0, max: 500 }).map((ms) => merged(ms, "x")),
      fc.constant<RunEvent>({ eventTime: "never", stepId: "a:1", stepChanged: {} }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 60 }), fc.nat(60), (events, cut) => {
        const { rows, start, end } = timelineOf(events);
        for (const { spans } of rows) {
          const open = spans.filter((span) => span.end === null);
          expect(open.length).toBeLessThanOrEqual(1);
          if (open.length) expect(spans.at(-1)).toBe(open[0]);
          for (const span of spans) {
            expect(span.end ?? span.start).toBeGreaterThanOrEqual(span.start);
            expect(span.start).toBeGreaterThanOrEqual(start);
            expect(span.end ?? end).toBeLessThanOrEqual(end);
          }
        }
        const ids = rows.map(({ id }) => id).filter(Boolean);
        const timed = events.filter((each) => each.stepId && each.eventTime !== "never");
        // Steps without a time of their own take the newest that is known.
        const known = [...new Set(timed.map((each) => each.stepId))];
        if (!events.some((each) => each.eventTime === "never")) expect(ids).toEqual(known);
        const pieces = new TimelineModel();
        pieces.take(events.slice(0, cut));
        pieces.take(events, Math.min(cut, events.length));
        expect(pieces.show()).toEqual(timelineOf(events));
      }),
    );
  });
});

describe("withSteps", () => {
  it("adds steps whose events were removed, in the order in which they began", () => {
    const shown = timelineOf([run(100, RUNNING, 1), step(100, "b:1", RUNNING)]);
    const { rows, start } = withSteps(shown, [
      { stepId: "b:1", node: "b", startTime: at(90), status: OK },
      { stepId: "a:1", node: "a", startTime: at(10), endTime: at(20), status: OK, superstep: 1 },
    ]);
    expect(rows.map(({ id }) => id)).toEqual(["", "a:1", "b:1"]);
    expect(rows[1]?.spans).toMatchObject([{ tone: "succeeded", start: T0 + 10, end: T0 + 20 }]);
    expect(start).toBe(T0 + 10);
  });

  it("shows steps alone where every event was removed", () => {
    const steps = [{ stepId: "a:1", node: "a", startTime: at(1), endTime: at(2), status: OK }];
    const { rows, start, end } = withSteps(timelineOf([]), steps);
    expect([rows.length, start, end]).toEqual([1, T0 + 1, T0 + 2]);
  });
});
