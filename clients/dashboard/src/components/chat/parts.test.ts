import { describe, expect, it } from "vitest";

import { partsOf } from "@/components/chat/parts";

describe("parts of a message", () => {
  it("are pictures only where they are within it, and of a kind that is one", () => {
    const data = "data:image/png;base64,iVBORw0KGgo=";
    for (const part of [
      { type: "image_url", image_url: { url: data } },
      { type: "image_url", image_url: data },
      { type: "image", source_type: "base64", mime_type: "image/png", data: "iVBORw0KGgo=" },
      { type: "image", source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" } },
    ])
      expect(partsOf([part])).toEqual([{ kind: "image", source: data }]);
  });

  it("are links where they lead elsewhere by http", () => {
    const url = "https://example.org/cat.png";
    expect(partsOf([{ type: "image_url", image_url: { url } }])).toEqual([{ kind: "link", url }]);
  });

  it.each([
    "javascript:alert(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "data:image/svg+xml;base64,PHN2Zz4=",
    "file:///etc/passwd",
    " https://example.org",
  ])("show %s as JSON", (url) => {
    const part = { type: "image_url", image_url: { url } };
    expect(partsOf([part])).toEqual([{ kind: "json", value: part }]);
  });

  it("tell thoughts from what is said", () => {
    expect(
      partsOf([
        { type: "thinking", thinking: "hm" },
        { type: "text", text: "yes" },
      ]),
    ).toEqual([
      { kind: "thought", text: "hm" },
      { kind: "text", text: "yes" },
    ]);
  });

  it("are JSON where nobody knows them", () => {
    const part = { type: "audio", data: "AAAA" };
    expect(partsOf(["a", part])).toEqual([
      { kind: "text", text: "a" },
      { kind: "json", value: part },
    ]);
  });
});
