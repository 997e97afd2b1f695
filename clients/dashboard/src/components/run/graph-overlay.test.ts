import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Graph, RunEvent, RunStatus } from "@/api/types";
import { drawingOf, END, START } from "@/components/graph/drawing";
import { marksOf } from "@/components/run/graph-marks";
import { advance, begin, Folding, pair } from "@/components/run/graph-overlay";

const LOOP: Graph = {
  graphId: "loop",
  nodes: [{ name: "try" }, { name: "tell" }],
  edges: [
    { source: START, target: "try" },
    { source: "try", target: "try", conditional: true, label: "again" },
    { source: "try", target: "tell", conditional: true, label: "enough" },
    { source: "tell", target: END },
  ],
};
const DAY = "2026-01-01T00:00:";

let sequence = 0;
function step(node: string, visit: number, status: string, second: number, more = {}): RunEvent {
  sequence += 1;
  const toStatus = `RUN_STATUS_${status}` as RunStatus;
  return {
    sequence: String(sequence),
    stepId: `${node}:${visit}`,
    eventTime: at(second),
    stepChanged: { node, visit, attempt: 1, toStatus, ...more },
  };
}
function saved(nodes: string[], nextNodes: string[], second = 0): RunEvent {
  sequence += 1;
  const update = { json: { from: nodes } };
  return {
    sequence: String(sequence),
    eventTime: at(second),
    stateUpdated: { checkpointId: `c${sequence}`, nodes, nextNodes, update },
  };
}
function at(second: number): string {
  return `${DAY}${String(second).padStart(2, "0")}Z`;
}

const LOOPED = [
  step("try", 1, "RUNNING", 0),
  step("try", 1, "SUCCEEDED", 2),
  saved(["try"], ["try"], 2),
  step("try", 2, "RUNNING", 3),
  step("try", 2, "SUCCEEDED", 4),
  saved(["try"], ["tell"], 4),
  step("tell", 1, "RUNNING", 5),
];

function marks(graph: Graph, events: RunEvent[], status: string) {
  const overlay = advance(begin(graph), events);
  const drawing = drawingOf(overlay.jumps.length ? { ...graph } : graph, { marked: true });
  return marksOf(drawing, overlay, `RUN_STATUS_${status}` as RunStatus, Date.parse(at(9)));
}

describe("what became of a run's nodes", () => {
  it("counts visits, edges and time of a loop", () => {
    const { takes } = advance(begin(LOOP), LOOPED);
    expect(takes.get(pair(START, "try"))).toBe(1);
    expect(takes.get(pair("try", "try"))).toBe(1);
    expect(takes.get(pair("try", "tell"))).toBe(1);
    expect(takes.has(pair("tell", END))).toBe(false);
    const { nodes } = marks(LOOP, LOOPED, "RUNNING");
    expect(nodes.get("try")).toMatchObject({ visits: 2, words: "done", note: "3.0 s", lit: false });
    expect(nodes.get("tell")).toMatchObject({ words: "running", lit: true, note: "4.0 s" });
  });

  it("takes the way to the end when nothing comes next", () => {
    const done = [...LOOPED, step("tell", 1, "SUCCEEDED", 6), saved(["tell"], [], 6)];
    expect(advance(begin(LOOP), done).takes.get(pair("tell", END))).toBe(1);
    expect(marks(LOOP, done, "SUCCEEDED").nodes.get(END)).toMatchObject({ tone: "succeeded" });
  });

  it("dims what a run that has ended did not come to", () => {
    const failed = [
      step("try", 1, "RUNNING", 0),
      step("try", 1, "FAILED", 1, { message: "attempt 1 of 2 failed: no; next in 1.0 s" }),
      step("try", 1, "RUNNING", 2, { attempt: 2 }),
      step("try", 1, "FAILED", 5, { attempt: 2, message: "no" }),
    ];
    const { nodes, edges } = marks(LOOP, failed, "FAILED");
    expect(nodes.get("try")).toMatchObject({ tone: "failed", words: "failed", note: "4.0 s" });
    expect(nodes.get("tell")).toMatchObject({ dim: true, words: "not run" });
    expect(edges.get("e0")).toEqual({ taken: 1 });
    expect(edges.get("e2")).toEqual({ dim: true });
  });

  it("says that a failed attempt is followed by another while the run goes on", () => {
    const events = [step("try", 1, "RUNNING", 0), step("try", 1, "FAILED", 1)];
    expect(marks(LOOP, events, "RUNNING").nodes.get("try")?.words).toBe("trying again");
    expect(marks(LOOP, events, "FAILED").nodes.get("try")?.words).toBe("failed");
  });

  it("shows what asks, what is next, and what a lost worker left", () => {
    const asked = [step("try", 1, "RUNNING", 0), step("try", 1, "INTERRUPTED", 1)];
    expect(marks(LOOP, asked, "INTERRUPTED").nodes.get("try")?.tone).toBe("interrupted");
    const next = LOOPED.slice(0, -1);
    expect(marks(LOOP, next, "RUNNING").nodes.get("tell")?.words).toBe("next");
    expect(marks(LOOP, LOOPED, "QUEUED").nodes.get("tell")?.words).toBe("waits for a worker");
    expect(marks(LOOP, LOOPED, "CANCELLED").nodes.get("tell")).toMatchObject({
      tone: "cancelled",
      lit: false,
    });
  });

  it("counts every parallel step of one node", () => {
    const events = [
      saved(["try"], ["tell", "tell", "tell"]),
      ...[1, 2, 3].map((visit) => step("tell", visit, "RUNNING", visit)),
    ];
    const overlay = advance(begin(LOOP), events);
    expect(overlay.takes.get(pair("try", "tell"))).toBe(3);
    expect(overlay.next).toEqual([]);
    expect(overlay.nodes.get("tell")?.steps).toHaveLength(3);
  });

  it("tells of ways that the graph does not", () => {
    const overlay = advance(begin(LOOP), [saved(["tell"], ["try"])]);
    expect(overlay.jumps).toEqual([["tell", "try"]]);
    expect(advance(overlay, [saved(["tell"], ["try"]), saved(["tell"], ["try"])]).jumps).toBe(
      overlay.jumps,
    );
  });

  it("lets steps of a subgraph count for the node that it is", () => {
    const overlay = advance(begin(LOOP), [step("try|inner", 1, "RUNNING", 0)]);
    expect(overlay.nodes.get("try")?.steps).toHaveLength(1);
  });

  it("counts steps that ListSteps told once", () => {
    const steps = [
      { stepId: "try:1", node: "try", visit: 1, attempt: 1, startTime: at(0), endTime: at(2) },
      { stepId: "try:2", node: "try", visit: 2, attempt: 1, startTime: at(3), endTime: at(4) },
    ].map((each) => ({ ...each, status: "RUN_STATUS_SUCCEEDED" as const }));
    const overlay = new Folding(LOOP, steps).upTo(LOOPED.slice(3));
    expect(overlay.nodes.get("try")?.steps.map((each) => each.visit)).toEqual([1, 2]);
    const shown = marksOf(drawingOf(LOOP), overlay, "RUN_STATUS_RUNNING", Date.parse(at(9)));
    expect(shown.nodes.get("try")).toMatchObject({ visits: 2, note: "3.0 s" });
  });

  it("keeps the identity of what did not change", () => {
    const before = advance(begin(LOOP), LOOPED.slice(0, 6));
    const after = advance(before, LOOPED);
    expect(after.nodes.get("try")).toBe(before.nodes.get("try"));
    expect(advance(after, LOOPED)).toBe(after);
  });
});

const NAMES = ["try", "tell"] as const;
const anyEvent = fc.oneof(
  fc
    .record({
      node: fc.constantFrom(...NAMES),
      visit: fc.integer({ min: 1, max: 4 }),
      attempt: fc.integer({ min: 1, max: 3 }),
      status: fc.constantFrom("RUNNING", "SUCCEEDED", "FAILED", "INTERRUPTED", "CANCELLED"),
      second: fc.integer({ min: 0, max: 59 }),
    })
    .map(({ node, visit, attempt, status, second }) =>
      step(node, visit, status, second, { attempt }),
    ),
  fc
    .tuple(fc.subarray([...NAMES]), fc.array(fc.constantFrom(...NAMES), { maxLength: 3 }))
    .map(([nodes, next]) => saved(nodes, next)),
);

describe("any events", () => {
  it("fold in parts as they fold at once", () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), fc.nat(40), (events, cut) => {
        const whole = advance(begin(LOOP), events);
        const parts = advance(advance(begin(LOOP), events.slice(0, cut)), events);
        expect(parts).toEqual(whole);
      }),
    );
  });

  it("leave each step once, and no time that runs backwards", () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 40 }), (events) => {
        const { nodes } = advance(begin(LOOP), events);
        for (const { steps } of nodes.values()) {
          const ids = steps.map((each) => each.stepId);
          expect(new Set(ids).size).toBe(ids.length);
          for (const each of steps)
            expect(new Set(each.attempts.map((one) => one.attempt)).size).toBe(
              each.attempts.length,
            );
        }
      }),
    );
  });
});
