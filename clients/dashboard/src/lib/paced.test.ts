import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { paced } from "@/lib/paced";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("does what was asked for many times once, and again after a rest", async () => {
  let done = 0;
  const pace = paced(() => (done += 1), { soonMs: 100, restMs: 1000 });
  for (let i = 0; i < 50; i += 1) pace.ask();
  await vi.advanceTimersByTimeAsync(99);
  expect(done).toBe(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(done).toBe(1);
  pace.ask();
  await vi.advanceTimersByTimeAsync(999);
  expect(done).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(done).toBe(2);
});

it("is never done twice at once, and nothing asked for meanwhile is lost", async () => {
  let begun = 0;
  let finish: (() => void) | undefined;
  const promise = new Promise<undefined>((resolve) => (finish = () => resolve(undefined)));
  const act = () => {
    begun += 1;
    return promise;
  };
  const pace = paced(act, { soonMs: 0, restMs: 10 });
  pace.ask();
  await vi.advanceTimersByTimeAsync(1);
  pace.ask();
  await vi.advanceTimersByTimeAsync(1000);
  expect(begun).toBe(1);
  finish?.();
  await vi.advanceTimersByTimeAsync(10);
  expect(begun).toBe(2);
});

it("stops", async () => {
  let done = 0;
  const pace = paced(() => (done += 1), { soonMs: 10, restMs: 10 });
  pace.ask();
  pace.stop();
  pace.ask();
  await vi.advanceTimersByTimeAsync(1000);
  expect(done).toBe(0);
});
