import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { idOfRaw, messageOf, messagesOf, rawMessages, textOf } from "@/components/chat/messages";

const text = [{ kind: "text", text: "hello" }];

describe("a message", () => {
  it.each([
    ["LangChain's", { type: "human", content: "hello", id: "1" }],
    ["OpenAI's", { role: "user", content: "hello", id: "1" }],
    [
      "the constructor form",
      {
        lc: 1,
        type: "constructor",
        id: ["langchain", "schema", "messages", "HumanMessage"],
        kwargs: { content: "hello", id: "1" },
      },
    ],
    ["wrapped in data", { type: "human", data: { content: "hello", id: "1" } }],
    ["in parts", { type: "human", content: ["hel", { type: "text", text: "lo" }], id: "1" }],
  ])("is read in %s spelling", (_, raw) => {
    expect(messageOf(raw)).toMatchObject({ id: "1", role: "human", parts: text });
  });

  it.each([
    [["user", "hello"], "human"],
    ["hello", "human"],
    [{ type: "AIMessageChunk", content: "hello" }, "ai"],
    [{ role: "assistant", content: "hello" }, "ai"],
    [{ type: "chat", role: "assistant", content: "hello" }, "ai"],
    [{ role: "developer", content: "hello" }, "system"],
    [{ type: "ToolMessage", content: "hello" }, "tool"],
    [{ type: "constructor", content: "hello" }, "other"],
    [{ type: "toString", content: "hello" }, "other"],
  ])("%j has the role %s", (raw, role) => {
    expect(messageOf(raw)).toMatchObject({ role, parts: text });
  });

  it("has the tools it asks for, by any spelling, each once", () => {
    const call = { id: "c", name: "add", args: { a: 1 } };
    const spelled = { id: "c", type: "function", function: { name: "add", arguments: '{"a":1}' } };
    const part = { type: "tool_use", id: "c", name: "add", input: { a: 1 } };
    for (const raw of [
      { type: "ai", content: "", tool_calls: [call] },
      { role: "assistant", content: null, tool_calls: [spelled] },
      { type: "ai", content: "", additional_kwargs: { tool_calls: [spelled] } },
      { type: "ai", content: [part] },
      { type: "ai", content: [part], tool_calls: [call] },
    ]) {
      expect(messageOf(raw).calls).toEqual([call]);
      expect(messageOf(raw).parts).toEqual([]);
    }
  });

  it("keeps arguments that are no JSON as they are", () => {
    const raw = {
      type: "ai",
      content: "",
      invalid_tool_calls: [{ id: "c", name: "f", args: "{" }],
    };
    expect(messageOf(raw).calls).toEqual([{ id: "c", name: "f", args: "{" }]);
  });

  it("never fails, and is JSON that is looked at as it is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (raw) => {
        const message = messageOf(raw);
        expect(["human", "ai", "tool", "system", "other"]).toContain(message.role);
        expect(typeof message.id).toBe("string");
        expect(message.raw).toBe(raw);
        expect(typeof idOfRaw(raw)).toBe("string");
      }),
    );
  });

  it("has all of the text of its parts, in order", () => {
    const part = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            part,
            part.map((each) => ({ type: "text", text: each })),
          ),
        ),
        (parts) => {
          const whole = parts.map((each) => (typeof each === "string" ? each : each.text)).join("");
          expect(textOf(messageOf({ type: "ai", content: parts }))).toBe(whole);
        },
      ),
    );
  });
});

describe("the messages of a state", () => {
  it("are none where there is no such key", () => {
    expect(messagesOf({ drafts: [] })).toBeNull();
    expect(messagesOf(undefined)).toBeNull();
    expect(messagesOf({ messages: 5 })).toBeNull();
  });

  it("are one where there is no list", () => {
    expect(rawMessages({ messages: "hello" })).toEqual(["hello"]);
    expect(rawMessages({ messages: ["user", "hello"] })).toEqual([["user", "hello"]]);
    expect(rawMessages({ messages: ["one", "two"] })).toEqual(["one", "two"]);
    expect(rawMessages({ messages: { role: "user", content: "a" } })).toHaveLength(1);
  });
});
