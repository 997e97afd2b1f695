import { describe, expect, it } from "vitest";

import type { Schedule } from "@/api/types";
import { drafted, draftOf, EMPTY, PATHS } from "@/components/schedule/draft";

const schedule: Schedule = {
  scheduleId: "nightly",
  cron: "30 2 * * *",
  timeZone: "Europe/Berlin",
  spec: {
    graphId: "report",
    input: { json: { days: 1 } },
    labels: { team: "a" },
    queue: "slow",
    assistantId: "report",
  },
  overlapPolicy: "OVERLAP_POLICY_ALLOW",
  catchUpPolicy: "CATCH_UP_POLICY_ALL",
  catchUpWindow: "7200s",
  endTime: "2027-01-01T00:00:00.000Z",
  etag: "s1",
};

describe("the draft of a schedule", () => {
  it("makes the same schedule again, with what the form does not show", () => {
    expect(drafted(draftOf(schedule), schedule)).toEqual({ schedule, faults: [] });
  });

  it("says what is missing, where the server would", () => {
    const { faults } = drafted({ ...EMPTY, labels: "x", window: "soon" });
    expect(faults.map((each) => each.field)).toEqual([
      PATHS.scheduleId,
      PATHS.cron,
      PATHS.graphId,
      PATHS.labels,
      PATHS.window,
    ]);
  });

  it("keeps nothing of another graph's options", () => {
    const { spec } = drafted({ ...draftOf(schedule), graphId: "other" }, schedule).schedule;
    expect(spec).toEqual({ graphId: "other", labels: { team: "a" }, input: { json: { days: 1 } } });
  });

  it("takes an end away", () => {
    const made = drafted({ ...draftOf(schedule), end: "" }, schedule).schedule;
    expect(made).not.toHaveProperty("endTime");
  });
});
