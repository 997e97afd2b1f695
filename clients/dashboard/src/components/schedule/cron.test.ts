import { describe, expect, it } from "vitest";

import { cronWords } from "@/components/schedule/cron";

describe("a cron", () => {
  it.each([
    ["30 2 * * *", "At 02:30"],
    ["*/15 * * * *", "Every 15 minutes"],
    ["0 9 * * MON-FRI", "At 09:00, Monday through Friday"],
    ["@hourly", "Every hour"],
  ])("%s is said in words", (cron, words) => expect(cronWords(cron)).toBe(words));

  it.each(["", "61 * * * *", "* * * *", "0 0 0 1 1 *", "nonsense", "a b c d e"])(
    "%j is none",
    (cron) => expect(cronWords(cron)).toBeNull(),
  );
});
