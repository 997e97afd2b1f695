import { expect, it } from "vitest";

import { chipsOf, cleared } from "@/components/runs/chips";
import type { RunsSearch } from "@/routes/runs.search";

const search: RunsSearch = {
  status: ["RUN_STATUS_FAILED", "RUN_STATUS_QUEUED"],
  graph: "g",
  label: ["a=1", "b"],
  since: "24h",
  q: "x",
  window: "7d",
};

it("takes off one thing each", () => {
  const chips = chipsOf(search);
  expect(chips.map(({ name, value }) => `${name} ${value}`)).toEqual([
    "Status failed",
    "Status queued",
    "Graph g",
    "Label a=1",
    "Label b",
    "Created last 24 hours",
    "Text x",
  ]);
  expect(chips[0]?.without).toEqual({ ...search, status: ["RUN_STATUS_QUEUED"] });
  expect(chips[3]?.without).toEqual({ ...search, label: ["b"] });
  let left = search;
  for (let next = chipsOf(left)[0]; next; next = chipsOf(left)[0]) left = next.without;
  expect(left).toEqual({ window: "7d" });
});

it("clears what narrows and leaves how far back the figures reach", () => {
  expect(cleared(search)).toEqual({ window: "7d" });
});
