import { describe, expect, it } from "vitest";

import { change, historyOf, redo, undo } from "@/components/graph/editor/history";

describe("history", () => {
  it("takes back and does again; what is typed in a row is one change", () => {
    let history = historyOf(0);
    history = change(history, 1, "name");
    history = change(history, 2, "name");
    history = change(history, 3);
    expect(undo(history).now).toBe(2);
    expect(undo(undo(history)).now).toBe(0);
    expect(redo(undo(undo(history))).now).toBe(2);
    expect(redo(history)).toBe(history);
    expect(undo(historyOf(1)).now).toBe(1);
  });
});
