import fc from "fast-check";
import { expect, it } from "vitest";

import { filterOf, isFiltered, quoted, wordsOf } from "@/components/runs/filter";
import { runsSearch, type RunsSearch } from "@/routes/runs.search";

const NOW = Date.parse("2026-11-21T12:00:00Z");
/** As the server reads it: a quoted text, its escapes undone. */
const QUOTED = /"(?:[^"\\]|\\.)*"/gs;
const read = (text: string) => text.slice(1, -1).replace(/\\(.)/gs, "$1");

it("says everything that is asked for", () => {
  const search: RunsSearch = {
    status: ["RUN_STATUS_FAILED", "RUN_STATUS_CANCELLED"],
    graph: "nightly",
    queue: "slow",
    thread: "t-1",
    label: ["team=risk", "env", "note=a=b"],
    since: "1h",
    q: 'no "such table"',
  };
  expect(filterOf(search, NOW).split(" AND ")).toEqual([
    "(status = FAILED OR status = CANCELLED)",
    'graph_id = "nightly"',
    'queue = "slow"',
    'thread_id = "t-1"',
    'labels."team" = "risk"',
    'labels."env":*',
    'labels."note" = "a=b"',
    'create_time > "2026-11-21T11:00:00.000Z"',
    '"no"',
    '"such table"',
  ]);
});

it("asks for nothing where nothing is set", () => {
  expect(filterOf({}, NOW)).toBe("");
  expect(isFiltered({ window: "7d" })).toBe(false);
  expect(filterOf({ status: ["RUN_STATUS_QUEUED"] }, NOW)).toBe("status = QUEUED");
  expect(filterOf({ label: "=x", q: '  "" ', since: "soon" }, NOW)).toBe("");
});

it("quotes so that any text is read as what it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const spelled = quoted(text);
      expect(spelled.match(QUOTED)).toEqual([spelled]);
      expect(read(spelled)).toBe(text.replaceAll("\0", ""));
    }),
  );
});

it("lets no value of an address become anything but a value", () => {
  const text = fc.string({ maxLength: 40 });
  const search = fc.record({ graph: text, queue: text, thread: text, label: text, q: text });
  fc.assert(
    fc.property(search, (given) => {
      const outside = filterOf(runsSearch(given), NOW).replace(QUOTED, "Q");
      for (const part of outside ? outside.split(" AND ") : [])
        expect(part).toMatch(/^(Q|(graph_id|queue|thread_id) = Q|labels\.Q(:\*| = Q))$/);
    }),
  );
});

it("looks for words and for phrases", () => {
  expect(wordsOf('a  "b c" d"e f')).toEqual(["a", "b c", "d", "e f"]);
  expect(wordsOf("a".repeat(5) + " b".repeat(50))).toHaveLength(20);
});
