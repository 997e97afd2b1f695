import { describe, expect, it } from "vitest";

import { kindOf, planOf } from "@/components/artifact/kind";

const of = (contentType: string, filename = "") => kindOf({ contentType, filename });

describe("kinds", () => {
  it("are those of the media type", () => {
    expect(of("application/json")).toBe("json");
    expect(of("application/geo+json")).toBe("json");
    expect(of("text/csv; charset=utf-8", "x")).toBe("csv");
    expect(of("TEXT/HTML")).toBe("html");
    expect(of("image/png")).toBe("image");
    expect(of("text/markdown")).toBe("text");
    expect(of("application/pdf", "a.txt")).toBe("other");
  });
  it("are told by the name where the type is vague", () => {
    expect(of("application/octet-stream", "a.b.CSV")).toBe("csv");
    expect(of("", "notes.md")).toBe("text");
    expect(of("", "csv")).toBe("other");
  });
  it("never show what could run as anything but text", () => {
    expect(of("text/javascript")).toBe("text");
    expect(of("application/xhtml+xml")).toBe("other");
  });
});

describe("plans", () => {
  const ready = { status: "ARTIFACT_STATUS_ACTIVE" as const };
  it("ask before much is fetched", () => {
    expect(planOf({ ...ready, contentType: "text/csv", sizeBytes: "100" })).toEqual({
      show: "now",
      bytes: 100,
      whole: true,
    });
    expect(planOf({ ...ready, contentType: "application/json", sizeBytes: "6000000" })).toEqual({
      show: "when asked",
      bytes: 6_000_000,
      whole: true,
    });
  });
  it("fetch the beginning of what can be shown in part, and nothing of what cannot", () => {
    expect(planOf({ ...ready, contentType: "text/plain", sizeBytes: "90000000" })).toMatchObject({
      bytes: 5_000_000,
      whole: false,
    });
    expect(planOf({ ...ready, contentType: "text/html", sizeBytes: "90000000" }).show).toBe(
      "never",
    );
  });
  it("wait until the content is there", () => {
    expect(planOf({ status: "ARTIFACT_STATUS_UPLOADING", contentType: "text/csv" }).show).toBe(
      "never",
    );
  });
});
