import { describe, expect, it } from "vitest";

import { EMPTY_DRAFT, faultsOf, refusedFields, requestOf, roleWord, stateOf } from "@/lib/keys";

describe("stateOf", () => {
  it("tells what no longer counts", () => {
    const past = new Date(1000).toISOString();
    expect(stateOf({}, 2000).word).toBe("counts");
    expect(stateOf({ expireTime: past }, 999).word).toBe("counts");
    expect(stateOf({ expireTime: past }, 1000).word).toBe("expired");
    expect(stateOf({ expireTime: past, revokeTime: past }, 1000).word).toBe("revoked");
  });
});

describe("a new key", () => {
  const draft = { ...EMPTY_DRAFT, displayName: " ci " };

  it("has a name", () => {
    expect(faultsOf(EMPTY_DRAFT)).toHaveProperty("displayName");
    expect(faultsOf(draft)).toEqual({});
  });

  it.each([{ days: "0" }, { days: "x" }, { callsPerSecond: "-1" }, { burstCalls: "1.5" }])(
    "is not made with %j",
    (wrong) => {
      expect(Object.keys(faultsOf({ ...draft, ...wrong }))).toEqual(Object.keys(wrong));
    },
  );

  it("is what was typed", () => {
    expect(requestOf(draft)).toEqual({
      displayName: "ci",
      role: "ROLE_READER",
      lifetime: "7776000s",
    });
    const all = { days: "", graphs: "a, b*\nc", namespace: "team-a", burstCalls: "3" };
    expect(requestOf({ ...draft, ...all })).toEqual({
      displayName: "ci",
      role: "ROLE_READER",
      namespace: "team-a",
      graphs: ["a", "b*", "c"],
      burstCalls: 3,
    });
  });

  it("of a worker serves all namespaces", () => {
    expect(requestOf({ ...draft, role: "ROLE_WORKER", namespace: "x" }).namespace).toBe("*");
  });

  it("shows what the server refuses where it was typed", () => {
    expect(
      refusedFields([
        { field: "display_name", description: "too long" },
        { field: "graphs[0]", description: "no such" },
        { field: "lifetime", description: "too long" },
        { field: "other", description: "lost" },
      ]),
    ).toEqual({ displayName: "too long", graphs: "no such", days: "too long" });
  });
});

it("roles are words", () => {
  expect(roleWord("ROLE_ADMIN")).toBe("admin");
});
