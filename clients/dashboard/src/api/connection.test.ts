import { expect, it } from "vitest";

import { connection } from "@/api/connection";

it("is lost by a call without an answer, and found by one with", () => {
  expect(connection.get()).toBe("connecting");
  connection.watched(true);
  expect(connection.get()).toBe("live");
  connection.missed();
  expect(connection.get()).toBe("lost");
  connection.reached();
  expect(connection.get()).toBe("live");
  connection.watched(false);
  expect(connection.get()).toBe("lost");
  connection.reached();
  expect(connection.get()).toBe("connecting");
});
