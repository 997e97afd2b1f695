import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { RunEvent } from "@/api/types";
import { EventIndex, isFiltering, NO_FILTER, type EventFilter } from "@/components/run/event-index";
import { EVENT_KINDS, kindOf, nodeOf, severityOf } from "@/components/run/event-kinds";

const log = (sequence: number, severity: number, message: string, stepId = "a:1"): RunEvent => ({
  sequence: String(sequence),
  stepId,
  logEntry: { severity, message },
});
const step = (sequence: number, node: string): RunEvent => ({
  sequence: String(sequence),
  stepId: `${node}:1`,
  stepChanged: { node, visit: 1, attempt: 1, toStatus: "RUN_STATUS_RUNNING" },
});
const EVENTS: readonly RunEvent[] = [
  { sequence: "1", statusChanged: { toStatus: "RUN_STATUS_QUEUED" } },
  step(2, "a"),
  log(3, 6, "it works"),
  log(4, 4, "nearly full"),
  step(5, "b"),
  log(6, 0, "the end", "b:1"),
  { sequence: "9", custom: { type: "shop.order", payload: { json: { item: "Lamp" } } } },
];

function found(filter: Partial<EventFilter>, events = EVENTS): string[] {
  const index = new EventIndex();
  index.append(events);
  index.look({ ...NO_FILTER, ...filter });
  index.search();
  return index.matches.map((at) => index.events[at]?.sequence ?? "");
}

describe("EventIndex", () => {
  it("counts kinds and nodes", () => {
    const index = new EventIndex();
    index.append(EVENTS);
    expect(Object.fromEntries(index.kinds)).toEqual({
      statusChanged: 1,
      stepChanged: 2,
      logEntry: 3,
      custom: 1,
    });
    expect(Object.fromEntries(index.nodes)).toEqual({ a: 3, b: 2 });
  });

  it("finds by kind, node, severity and words together", () => {
    expect(found({ kinds: ["logEntry"] })).toEqual(["3", "4", "6"]);
    expect(found({ kinds: ["logEntry", "custom"], node: "a" })).toEqual(["3", "4"]);
    expect(found({ severity: 4 })).toEqual(["4", "6"]);
    expect(found({ text: "LAMP shop" })).toEqual(["9"]);
    expect(found({ text: "lamp missing" })).toEqual([]);
    expect(found({ node: "c" })).toEqual([]);
  });

  it("knows an emergency, whose severity ProtoJSON leaves out", () => {
    expect(severityOf({ logEntry: { message: "fire" } })).toBe(0);
  });

  it("takes each event once", () => {
    const index = new EventIndex();
    index.append(EVENTS.slice(0, 3));
    index.append(EVENTS);
    index.append(EVENTS);
    expect(index.events).toHaveLength(EVENTS.length);
  });

  it("says where a sequence is, or what comes behind one that was removed", () => {
    const index = new EventIndex();
    index.append(EVENTS);
    expect(index.positionOf(4)).toBe(3);
    expect(index.positionOf(7)).toBe(6);
    expect(index.positionOf(10)).toBe(7);
  });

  it("goes on where a filter was, with the same outcome as looking at all at once", () => {
    const severities = fc.constantFrom(null, 3, 4, 6);
    const texts = fc.constantFrom("", "full", "it", "nothing like it");
    const nodes = fc.constantFrom("", "a", "b");
    const kinds = fc.subarray([...EVENT_KINDS]);
    const events = fc.array(fc.constantFrom(...EVENTS), { maxLength: 1200 });
    fc.assert(
      fc.property(
        fc.record({ kinds, node: nodes, severity: severities, text: texts }),
        events,
        fc.array(fc.nat(1200), { maxLength: 5 }),
        (filter, all, cuts) => {
          const index = new EventIndex();
          index.look(filter);
          for (const cut of [...cuts.toSorted((one, other) => one - other), all.length]) {
            index.append(all.slice(0, cut));
            // It stops after each piece, as it does when a frame is over.
            while (!index.search(() => true));
          }
          const expected = all.flatMap((event, at) => (fits(event, filter) ? [at] : []));
          expect(index.matches).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("looks at 100,000 events in pieces that end when they are told to", () => {
    const index = new EventIndex();
    index.append(Array.from({ length: 100_000 }, (_, at) => log(at + 1, 6, `line ${at}.`)));
    index.look({ ...NO_FILTER, text: "line 99999." });
    let pieces = 1;
    while (!index.search(() => true)) pieces++;
    expect(pieces).toBeGreaterThan(100);
    expect(index.matches).toEqual([99_999]);
  });
});

describe("isFiltering", () => {
  it("is not, for what finds everything", () => {
    expect(isFiltering(NO_FILTER)).toBe(false);
    expect(isFiltering({ ...NO_FILTER, text: "  " })).toBe(false);
    expect(isFiltering({ ...NO_FILTER, severity: 0 })).toBe(true);
  });
});

/** The same question, asked plainly. */
function fits(event: RunEvent, { kinds, node, severity, text }: EventFilter): boolean {
  const said = JSON.stringify(event).toLowerCase();
  return (
    (!kinds.length || kinds.includes(kindOf(event))) &&
    (!node || nodeOf(event) === node) &&
    (severity === null || severityOf(event) <= severity) &&
    text
      .split(" ")
      .filter(Boolean)
      .every((word) => said.includes(word))
  );
}
