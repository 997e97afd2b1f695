import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Spoken } from "@/components/chat/spoken";
import { textOf } from "@/components/chat/messages";

const chunk = (fields: object) => ({ type: "AIMessageChunk", id: "m", content: "", ...fields });

/** Cut a text at some places. */
const cut = (text: string, places: readonly number[]) => {
  const at = [0, ...places.map((each) => each % (text.length + 1)), text.length].sort(
    (a, b) => a - b,
  );
  return at.slice(1).map((end, index) => text.slice(at[index], end));
};

describe("a message that is being said", () => {
  it("is the sum of its pieces, wherever they are cut", () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.nat()), (text, places) => {
        const spoken = new Spoken();
        for (const content of cut(text, places)) spoken.add(chunk({ content }));
        expect(textOf(spoken.message)).toBe(text);
        expect(spoken.message).toMatchObject({ id: "m", role: "ai" });
      }),
    );
  });

  it("calls tools with arguments that come in pieces, several at once", () => {
    const args = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(args, args, fc.array(fc.nat()), (one, other, places) => {
        // What cannot be told apart in JSON is not meant here.
        const [first, second] = [JSON.stringify(one), JSON.stringify(other)];
        const spoken = new Spoken();
        const say = (index: number, piece: object) =>
          spoken.add(chunk({ tool_call_chunks: [{ index, name: null, id: null, ...piece }] }));
        say(0, { id: "a", name: "find", args: "" });
        say(1, { id: "b", name: "book", args: "" });
        for (const piece of cut(first, places)) say(0, { args: piece });
        for (const piece of cut(second, places)) say(1, { args: piece });
        expect(spoken.message.calls).toEqual([
          { id: "a", name: "find", args: JSON.parse(first) },
          { id: "b", name: "book", args: JSON.parse(second) },
        ]);
      }),
    );
  });

  it("shows arguments as far as they have come", () => {
    const spoken = new Spoken();
    spoken.add(
      chunk({ tool_call_chunks: [{ index: 0, id: "a", name: "find", args: '{"origin": "Vi' }] }),
    );
    expect(spoken.message.calls).toEqual([{ id: "a", name: "find", args: '{"origin": "Vi' }]);
  });

  it("adds pieces without an index to the last call", () => {
    const spoken = new Spoken();
    spoken.add(chunk({ tool_call_chunks: [{ id: "a", name: "find", args: '{"a"' }] }));
    spoken.add(chunk({ tool_call_chunks: [{ args: ":1}" }] }));
    expect(spoken.message.calls).toEqual([{ id: "a", name: "find", args: { a: 1 } }]);
  });

  it("joins text and parts", () => {
    const spoken = new Spoken();
    spoken.add(chunk({ content: "a" }));
    spoken.add(chunk({ content: [{ type: "text", text: "b", index: 0 }] }));
    spoken.add(chunk({ content: "c" }));
    expect(textOf(spoken.message)).toBe("abc");
  });
});
