import { describe, expect, it } from "vitest";

import { auditFilter, codeName, quoted, shortName } from "@/lib/audit";

const NOW = Date.parse("2026-11-21T12:00:00Z");

describe("auditFilter", () => {
  it("asks for everything, or for all that is chosen", () => {
    expect(auditFilter({}, NOW)).toBe("");
    expect(
      auditFilter({ caller: "key:ci", method: "RunService.CancelRun", result: "refused" }, NOW),
    ).toBe('caller = "key:ci" AND method = "/runwire.v1.RunService/CancelRun" AND code != 0');
  });

  it("takes full names, codes and times", () => {
    expect(auditFilter({ method: "/a.B/C", result: "7", since: "24h" }, NOW)).toBe(
      'method = "/a.B/C" AND code = 7 AND event_time >= "2026-11-20T12:00:00.000Z"',
    );
  });

  it("asks what was named, and how", () => {
    expect(auditFilter({ subject: "run_id=a=b" }, NOW)).toBe('subject.run_id = "a=b"');
    expect(auditFilter({ subject: "run_id" }, NOW)).toBe("subject.run_id:*");
    expect(auditFilter({ subject: "run_id=" }, NOW)).toBe("subject.run_id:*");
  });

  it.each(["1 OR 2=3", "a.b", "=x"])("leaves out %j, which is the name of nothing", (subject) => {
    expect(auditFilter({ subject }, NOW)).toBe("");
  });

  it.each(["h", "1w", "99999d"])("leaves out %j, which is no span", (since) => {
    expect(auditFilter({ since }, NOW)).toBe("");
  });

  it("lets nothing out of its quotes", () => {
    expect(auditFilter({ caller: 'x" OR code = 0 OR caller = "' }, NOW)).toBe(
      'caller = "x\\" OR code = 0 OR caller = \\""',
    );
    expect(quoted("\\")).toBe('"\\\\"');
  });
});

describe("names", () => {
  it("are short where people read them", () => {
    expect(shortName("/runwire.v1.RunService/CancelRun")).toBe("RunService.CancelRun");
    expect(codeName(0)).toBe("OK");
    expect(codeName(16)).toBe("UNAUTHENTICATED");
    expect(codeName(99)).toBe("code 99");
  });
});
