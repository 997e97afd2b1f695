import { expect, it } from "vitest";

import { databaseOf, langgraphOf, skewOf } from "@/lib/server";

it("a clock agrees as far as one call can tell", () => {
  expect(skewOf(40, 10)).toContain("agrees");
  expect(skewOf(400, 500)).toContain("agrees");
  expect(skewOf(2000, 10)).toBe("2.0 s ahead of this machine's");
  expect(skewOf(-2000, 10)).toBe("2.0 s behind this machine's");
});

it("a database has a name", () => {
  expect(databaseOf({ database: "DATABASE_KIND_POSTGRESQL" })).toBe("PostgreSQL");
  expect(databaseOf({})).toBe("not told");
});

it("the LangGraph API is somewhere, or is not", () => {
  expect(langgraphOf({ langgraph: true, langgraphPath: "" })).toBe("executed, its API at the root");
  expect(langgraphOf({ langgraph: false, langgraphPath: "/lg" })).toContain("elsewhere");
  expect(langgraphOf({})).toBe("not installed");
  expect(langgraphOf({ langgraph: true })).toContain("not served");
});
