import { describe, expect, it } from "vitest";

import type { RunEvent } from "@/api/types";
import { ChatModel, together } from "@/components/chat/live-chat";
import { messageOf, textOf } from "@/components/chat/messages";

const said = (channel: string, json: unknown): RunEvent => ({
  outputChunk: { channel, payload: { json } },
});
const values = (...messages: unknown[]) => said("values", { messages });
const piece = (id: string, content: string) =>
  said("messages", [{ type: "AIMessageChunk", id, content }, { langgraph_node: "agent" }]);
const human = { type: "human", id: "h", content: "hi" };
const ai = (id: string, content: string) => ({ type: "ai", id, content });
const running: RunEvent = { statusChanged: { toStatus: "RUN_STATUS_RUNNING" } };

function shown(events: readonly RunEvent[], base: readonly unknown[] = []) {
  const model = new ChatModel();
  model.take(events);
  const live = model.show();
  const messages = together(base.map(messageOf), live, []);
  return { texts: messages.map(textOf), growing: [...live.growing] };
}

describe("what a run says", () => {
  it("is its state and what is being said behind it", () => {
    expect(shown([running, values(human), piece("a", "Hel"), piece("a", "lo")])).toEqual({
      texts: ["hi", "Hello"],
      growing: ["a"],
    });
  });

  it("is the state's once it is there", () => {
    const events = [values(human), piece("a", "Hel"), values(human, ai("a", "Hello!"))];
    expect(shown(events)).toEqual({ texts: ["hi", "Hello!"], growing: [] });
  });

  it("does not say again what the state has", () => {
    const events = [
      values(human, ai("a", "Hello")),
      piece("a", "Hello"),
      said("messages", [human]),
    ];
    expect(shown(events).texts).toEqual(["hi", "Hello"]);
  });

  it("forgets what an attempt that ended had begun to say", () => {
    const events = [running, values(human), piece("a", "Hel"), running, piece("b", "Hello")];
    expect(shown(events).texts).toEqual(["hi", "Hello"]);
  });

  it("is what nodes did where no values are told", () => {
    const update: RunEvent = {
      stateUpdated: { update: { json: { messages: [ai("a", "Hello")] } } },
    };
    expect(shown([running, piece("a", "Hel"), update], [human])).toEqual({
      texts: ["hi", "Hello"],
      growing: [],
    });
  });

  it("leaves out what subgraphs say to themselves", () => {
    expect(shown([values(human), said("values|inner:1", { messages: [] })]).texts).toEqual(["hi"]);
  });

  it("takes what is told as a whole in place of what was told before", () => {
    const partial = (content: string) => said("messages/partial", [ai("a", content)]);
    expect(shown([values(human), partial("Hel"), partial("Hello")]).texts).toEqual(["hi", "Hello"]);
  });
});
