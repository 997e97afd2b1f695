import { expect, it } from "vitest";

import { runSearch } from "@/routes/run.search";
import { runsSearch } from "@/routes/runs.search";

it("takes what is valid of an address and leaves the rest", () => {
  expect(
    runsSearch({ status: ["RUN_STATUS_FAILED", "nonsense"], q: 42, graph: "", label: ["a"] }),
  ).toEqual({ status: ["RUN_STATUS_FAILED"], q: "42", label: "a" });
  expect(runsSearch({ label: ["a=1", "", "b", {}], since: "1y", window: "2h" })).toEqual({
    label: ["a=1", "b"],
  });
  expect(runsSearch({ since: "15m", window: "24h", queue: "q", thread: 7 })).toEqual({
    since: "15m",
    window: "24h",
    queue: "q",
    thread: "7",
  });
  expect(runsSearch({ status: "RUN_STATUS_QUEUED" }).status).toEqual(["RUN_STATUS_QUEUED"]);
  expect(runSearch({ tab: "events", checkpoint: [] })).toEqual({ tab: "events" });
  expect(runSearch({ tab: "nothing" }).tab).toBeUndefined();
});
