import { describe, expect, it } from "vitest";

import { drafted, duration, labelsOf, NO_OPTIONS, optionsOf } from "@/components/start/draft";

describe("spans", () => {
  it("are read as people write them", () => {
    expect(["90", "1.5s", "5 m", "5min", "2h", "1 d"].map(duration)).toEqual([
      "90s",
      "1.5s",
      "300s",
      "300s",
      "7200s",
      "86400s",
    ]);
  });
  it("are refused otherwise", () => {
    expect(["soon", "-1s", "5 weeks", "1e3"].map(duration)).toEqual([null, null, null, null]);
  });
});

describe("labels", () => {
  it("are lines", () => {
    expect(labelsOf("team = risk\n\nnote=a=b")).toEqual({
      labels: { team: "risk", note: "a=b" },
      wrong: [],
    });
  });
  it("tell lines that are none", () => {
    expect(labelsOf("team\n=x\na=1").wrong).toEqual(["team", "=x"]);
  });
});

describe("a draft", () => {
  it("sends only what was given", () => {
    expect(drafted("g", { a: 1 }, NO_OPTIONS)).toEqual({
      asked: { spec: { graphId: "g", input: { json: { a: 1 } } } },
      faults: [],
    });
    expect(drafted("g", null, NO_OPTIONS).asked.spec.input).toEqual({ json: null });
    expect(drafted("g", undefined, NO_OPTIONS).asked.spec).toEqual({ graphId: "g" });
  });
  it("sends options as the protos spell them", () => {
    const { asked, faults } = drafted(
      "g",
      {},
      {
        ...NO_OPTIONS,
        runId: " r1 ",
        priority: "-2",
        timeout: "2m",
        concurrencyKey: "customer-7",
        concurrencyLimit: "3",
      },
    );
    expect(faults).toEqual([]);
    expect(asked).toEqual({
      runId: "r1",
      spec: {
        graphId: "g",
        input: { json: {} },
        priority: -2,
        timeout: "120s",
        concurrency: { key: "customer-7", limit: 3 },
      },
    });
  });
  it("names what cannot be meant by the server's paths", () => {
    const odd = { ...NO_OPTIONS, priority: "high", startDelay: "later", concurrencyLimit: "2" };
    expect(drafted("g", {}, odd).faults.map((each) => each.field)).toEqual(
      expect.arrayContaining(["spec.priority", "spec.start_delay", "spec.concurrency.key"]),
    );
  });
  it("begins with another run's options, but not with its id", () => {
    const run = { runId: "r", spec: { labels: { a: "1" }, timeout: "5s", priority: 0 } };
    expect(optionsOf(run)).toMatchObject({ labels: "a=1", timeout: "5s", runId: "", priority: "" });
  });
});
