import { expect, it } from "vitest";

import { runSearch } from "@/routes/run.search";
import { runsSearch } from "@/routes/runs.search";

it("takes what is valid of an address and leaves the rest", () => {
  expect(
    runsSearch({ status: ["RUN_STATUS_FAILED", "nonsense"], q: 42, graph: "", label: "a" }),
  ).toMatchObject({ status: ["RUN_STATUS_FAILED"], q: "42", label: "a", graph: undefined });
  expect(runsSearch({ status: "RUN_STATUS_QUEUED" }).status).toEqual(["RUN_STATUS_QUEUED"]);
  expect(runSearch({ tab: "events", checkpoint: [] })).toEqual({ tab: "events" });
  expect(runSearch({ tab: "nothing" }).tab).toBeUndefined();
});
