import { describe, expect, it } from "vitest";

import { changesOf, same, updateOf, withNewer } from "@/components/state/changes";

describe("changes", () => {
  it("are told by key", () => {
    expect(changesOf({ a: 1, b: [1], c: 0 }, { b: [1, 2], a: 1, d: null })).toEqual([
      { key: "b", what: "changed" },
      { key: "d", what: "added" },
      { key: "c", what: "removed" },
    ]);
  });
  it("do not count the order of names, but that of lists", () => {
    expect(same({ a: 1, b: { c: [1] } }, { b: { c: [1] }, a: 1 })).toBe(true);
    expect(same([1, 2], [2, 1])).toBe(false);
    expect(same([], {})).toBe(false);
    expect(same({ a: undefined }, { b: undefined })).toBe(false);
    expect(same(null, {})).toBe(false);
  });
});

describe("an update", () => {
  it("has only what differs, and cannot remove", () => {
    expect(updateOf({ a: 1, b: 2, c: 3 }, { a: 1, b: 5, d: 6 })).toEqual({ b: 5, d: 6 });
  });
});

describe("checkpoints", () => {
  const told = (checkpointId: string) => ({ stateUpdated: { checkpointId, nodes: ["n"] } });
  it("come from events if they are newer than the list", () => {
    const listed = [{ checkpointId: "00000002", superstep: 2 }, { checkpointId: "00000001" }];
    const events = [told("00000001"), told("00000002"), {}, told("00000003"), told("00000004")];
    expect(withNewer(listed, events).map((each) => [each.checkpointId, each.superstep])).toEqual([
      ["00000004", 4],
      ["00000003", 3],
      ["00000002", 2],
      ["00000001", undefined],
    ]);
  });
});
