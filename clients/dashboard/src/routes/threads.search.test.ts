import { describe, expect, it } from "vitest";

import { metadataOf, threadQuery, threadsSearch } from "@/routes/threads.search";

describe("the address of the threads page", () => {
  it("keeps what is valid", () => {
    expect(
      threadsSearch({ status: "THREAD_STATUS_BUSY", graph: "agent", order: "updated" }),
    ).toEqual({
      status: "THREAD_STATUS_BUSY",
      graph: "agent",
      metadata: undefined,
      order: "updated",
    });
  });

  it("leaves out the rest", () => {
    const found = threadsSearch({ status: "x", order: "toString", metadata: "", graph: [] });
    expect(Object.values(found).filter((each) => each !== undefined)).toEqual([]);
  });

  it("takes an object that an address was read as", () => {
    expect(threadsSearch({ metadata: { user: "ann" } }).metadata).toBe('{"user":"ann"}');
  });
});

describe("metadata", () => {
  it.each([
    ["user=ann", { user: "ann" }],
    ["user = ann, team=a b", { user: "ann", team: "a b" }],
    ['{"n": 3}', { n: 3 }],
    ["a=b=c", { a: "b=c" }],
  ])("reads %s", (typed, value) => expect(metadataOf(typed)).toEqual(value));

  it.each(["user", "{", "=ann", "a=1,b"])("refuses %s", (typed) =>
    expect(metadataOf(typed)).toBeNull(),
  );

  it("is asked for as JSON", () => {
    expect(threadQuery({ metadata: "user=ann" })).toMatchObject({ metadata: { user: "ann" } });
    expect(threadQuery({ metadata: "user" })).not.toHaveProperty("metadata");
  });
});
