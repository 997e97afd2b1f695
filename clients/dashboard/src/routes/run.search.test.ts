import { describe, expect, it } from "vitest";

import { runSearch } from "@/routes/run.search";

describe("runSearch", () => {
  it("takes what is valid", () => {
    const asked = { tab: "events", kind: ["logEntry", "no"], node: "a", severity: 4, q: "full" };
    expect(runSearch(asked)).toMatchObject({ ...asked, kind: ["logEntry"] });
    expect(runSearch({ kind: "custom", q: 42, checkpoint: 12 })).toMatchObject({
      kind: ["custom"],
      q: "42",
      checkpoint: "12",
    });
  });

  it("leaves out what is not", () => {
    const found = runSearch({ tab: "none", kind: {}, severity: 99, q: ["x"], node: null });
    expect(Object.values(found).filter((each) => each !== undefined)).toEqual([]);
  });
});
