import { describe, expect, it } from "vitest";

import { before } from "@/components/chat/fork";
import { messageOf } from "@/components/chat/messages";
import { actionsOf, resumeOf } from "@/components/chat/review";
import { turnsOf } from "@/components/chat/turns";

const asks = { type: "ai", id: "a", content: "", tool_calls: [{ id: "c", name: "f", args: {} }] };
const result = { type: "tool", id: "t", tool_call_id: "c", content: "42" };

describe("turns", () => {
  it("have the results of tools with what asked for them", () => {
    const turns = turnsOf([asks, result].map(messageOf));
    expect(turns).toHaveLength(1);
    expect(turns[0]?.calls[0]?.result?.id).toBe("t");
  });

  it("show a result that nothing asked for, and a second one", () => {
    expect(turnsOf([result, asks, result, result].map(messageOf))).toHaveLength(3);
  });

  it("have keys of their own even where messages have the same id, or none", () => {
    const turns = turnsOf(["a", "a", asks, asks].map(messageOf));
    expect(new Set(turns.map((each) => each.key)).size).toBe(4);
  });
});

const state = (checkpointId: string, parent: string, ...ids: string[]) => ({
  checkpoint: { checkpointId },
  parentCheckpoint: parent ? { checkpointId: parent } : undefined,
  values: { json: { messages: ids.map((id) => ({ type: "human", id, content: "" })) } },
});

describe("the checkpoint before a message", () => {
  const line = [state("3", "2", "h", "a", "b"), state("2", "1", "h", "a"), state("1", "", "h")];

  it("is the newest that has not got it", () => {
    expect(before(line, "b").checkpointId).toBe("2");
    expect(before(line, "a").checkpointId).toBe("1");
  });

  it("is looked for along the line that was gone on with", () => {
    const given = state("9", "1", "h");
    expect(
      before(
        [line[0], given, ...line.slice(1)].flatMap((each) => each ?? []),
        "b",
      ),
    ).toEqual({
      checkpointId: "2",
      next: undefined,
    });
  });

  it("is looked for on in older states", () => {
    expect(before(line.slice(0, 1), "a")).toEqual({ checkpointId: undefined, next: "2" });
    expect(before(line, "a", "2").checkpointId).toBe("1");
  });

  it("is none where all have it", () => {
    expect(before(line, "h")).toEqual({ checkpointId: undefined, next: undefined });
  });
});

describe("a review", () => {
  it("offers what is allowed for each action", () => {
    const value = {
      action_requests: [
        { name: "pay", args: { euros: 5 } },
        { name: "mail", args: {} },
      ],
      review_configs: [{ action_name: "pay", allowed_decisions: ["approve", "reject", "other"] }],
    };
    expect(actionsOf(value)?.map((each) => each.allowed)).toEqual([
      ["approve", "reject"],
      ["approve", "edit", "reject"],
    ]);
  });

  it("is no review of any other question", () => {
    for (const value of [null, "x", {}, { action_requests: [] }, { action_requests: [1] }])
      expect(actionsOf(value)).toBeNull();
  });

  it("names the question only where several are open", () => {
    expect(resumeOf([{ interruptId: "a" }], "a", true)).toBe(true);
    expect(resumeOf([{ interruptId: "a" }, { interruptId: "b" }], "a", true)).toEqual({ a: true });
  });
});
