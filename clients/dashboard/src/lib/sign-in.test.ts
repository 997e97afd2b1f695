import { describe, expect, it } from "vitest";

import { ApiError, CODE } from "@/api/errors";
import { nextTry, refusal } from "@/lib/sign-in";

const error = (reason: string, code: number = CODE.unauthenticated, seconds = 0) =>
  new ApiError("as the server says it", code, reason, [], "", seconds);

describe("refusal", () => {
  it("says nothing to who has shown nothing", () => {
    expect(refusal(null)).toBe("");
    expect(refusal(error("CREDENTIALS_MISSING"))).toBe("");
  });

  it("tells what to do about a key", () => {
    expect(refusal(error("KEY_REVOKED"))).toContain("revoked");
    expect(refusal(error("KEY_EXPIRED"))).toContain("expired");
    expect(refusal(error("CREDENTIALS_INVALID"))).toContain("no such key");
  });

  it("repeats the server where it knows better", () => {
    expect(refusal(error("CERTIFICATE_AMBIGUOUS"))).toBe("as the server says it");
  });

  it("counts down after too many tries", () => {
    const many = error("RATE_LIMITED", CODE.resourceExhausted, 2.2);
    expect(nextTry(many, 1000)).toBe(4000);
    expect(refusal(many, 3)).toContain("in 3 s");
    expect(refusal(many, 0)).toContain("now");
  });

  it("lets others try at once", () => {
    expect(nextTry(null, 1000)).toBe(0);
    expect(nextTry(error("KEY_REVOKED"), 1000)).toBe(0);
  });
});
