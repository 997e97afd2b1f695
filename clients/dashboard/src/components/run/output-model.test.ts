import { describe, expect, it } from "vitest";

import type { RunEvent } from "@/api/types";
import { MOST_LINES, MOST_STREAMS, OutputModel, spoken } from "@/components/run/output-model";

const chunk = (channel: string, json: unknown, stepId = "a:1"): RunEvent => ({
  stepId,
  outputChunk: { channel, payload: { json: json as never } },
});

function shown(events: readonly RunEvent[]) {
  const model = new OutputModel();
  model.take(events);
  return model.show();
}

function texts(events: readonly RunEvent[]): string[] {
  return shown(events).streams.map(({ pieces }) => pieces.join(""));
}

describe("OutputModel", () => {
  it("puts tokens together by channel and step", () => {
    expect(
      texts([
        chunk("prose", "Once "),
        chunk("notes", "1"),
        chunk("prose", "upon"),
        chunk("prose", "again", "a:2"),
      ]),
    ).toEqual(["Once upon", "1", "again"]);
  });

  it("reads LangGraph's messages as text, several at once apart", () => {
    const message = (id: string, content: unknown) => [{ id, type: "AIMessageChunk", content }, {}];
    expect(
      texts([
        chunk("messages", message("x", "Hel")),
        chunk("messages", message("y", [{ type: "text", text: "Bon" }])),
        chunk("messages", message("x", "lo")),
        chunk("messages", message("y", [{ type: "text", text: "jour" }, { type: "image" }])),
      ]),
    ).toEqual(["Hello", "Bonjour"]);
  });

  it("shows anew what is told anew", () => {
    expect(
      texts([
        chunk("messages/partial", [{ id: "x", content: "Hel" }]),
        chunk("messages/partial", [{ id: "x", content: "Hello" }]),
      ]),
    ).toEqual(["Hello"]);
  });

  it("shows anything else as lines of JSON", () => {
    expect(texts([chunk("values", { n: 1 }), chunk("values", [2])])).toEqual(['{"n":1}\n[2]\n']);
    expect(spoken("", null).text).toBe("null\n");
  });

  it("lets only the last piece grow, and keeps the newest of much", () => {
    const model = new OutputModel();
    model.take(Array.from({ length: 300 }, () => chunk("", "x".repeat(100))));
    const before = model.show().streams[0];
    model.take([chunk("", "y")]);
    const after = model.show().streams[0];
    expect(after?.pieces.slice(0, -1)).toEqual(
      before?.pieces.slice(0, (after?.pieces.length ?? 0) - 1),
    );
    model.take(Array.from({ length: 2000 }, () => chunk("", "z".repeat(100))));
    const long = model.show().streams[0];
    expect(long?.pieces.join("").length).toBeLessThan(60_000);
    expect(long?.dropped).toBeGreaterThan(0);
  });

  it("keeps the newest streams and lines", () => {
    const many = shown(Array.from({ length: 100 }, (_, at) => chunk("", `${at}`, `a:${at}`)));
    expect(many.streams.map(({ stepId }) => stepId)).toHaveLength(MOST_STREAMS);
    expect(many.streams.at(-1)?.stepId).toBe("a:99");
    const lines = shown(
      Array.from({ length: 1000 }, (_, at) => ({ logEntry: { severity: 6, message: `${at}` } })),
    ).lines;
    expect([lines.length, lines.at(-1)?.message]).toEqual([MOST_LINES, "999"]);
  });

  it("shows how far steps are as long as they are under way", () => {
    const half: RunEvent = { stepId: "a:1", progress: { fraction: 0.5, message: "on" } };
    const over: RunEvent = { stepId: "b:1", progress: { fraction: 7 } };
    const end: RunEvent = { stepId: "a:1", stepChanged: { toStatus: "RUN_STATUS_SUCCEEDED" } };
    expect(shown([half, over]).bars).toEqual([
      { stepId: "a:1", fraction: 0.5, message: "on" },
      { stepId: "b:1", fraction: 1, message: "" },
    ]);
    expect(shown([half, over, end]).bars.map(({ stepId }) => stepId)).toEqual(["b:1"]);
  });
});
