import { describe, expect, it } from "vitest";

import { faultsOf, requestOf } from "@/lib/namespaces";

const DRAFT = {
  namespace: "team-a",
  displayName: " Team A ",
  storedBytes: "2 GiB",
  runningRuns: "",
  queuedRuns: "10",
};

describe("a namespace", () => {
  it("is what was typed; nothing is no limit", () => {
    expect(faultsOf(DRAFT)).toEqual({});
    expect(requestOf(DRAFT)).toEqual({
      namespace: "team-a",
      displayName: "Team A",
      quotas: { storedBytes: "2147483648", runningRuns: 0, queuedRuns: 10 },
    });
  });

  it.each([
    { namespace: "Team" },
    { namespace: "-a" },
    { storedBytes: "much" },
    { runningRuns: "1.5" },
    { queuedRuns: "-1" },
    { queuedRuns: "3000000000" },
  ])("is not made with %j", (wrong) => {
    expect(Object.keys(faultsOf({ ...DRAFT, ...wrong }))).toEqual(Object.keys(wrong));
  });

  it("is no request while a number is wrong", () => {
    expect(requestOf({ ...DRAFT, queuedRuns: "x" })).toBeNull();
  });
});
