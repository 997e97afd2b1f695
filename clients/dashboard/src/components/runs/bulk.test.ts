import { expect, it } from "vitest";

import { forEach, type Progress } from "@/components/runs/bulk";

const ids = Array.from({ length: 20 }, (_, i) => String(i));
const never = new AbortController().signal;

it("does a few at once, and every one", async () => {
  let running = 0;
  let most = 0;
  const done: string[] = [];
  const act = async (id: string) => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running -= 1;
    done.push(id);
  };
  const told: Progress[] = [];
  const end = await forEach(ids, 3, act, (progress) => told.push(progress), never);
  expect(most).toBe(3);
  expect(done.sort()).toEqual([...ids].sort());
  expect(end).toEqual({ done: 20, of: 20, failures: [] });
  expect(told.map((each) => each.done)).toEqual(ids.map((_, i) => i + 1));
});

it("tells which could not be done and goes on", async () => {
  const act = (id: string) =>
    id === "3" ? Promise.reject(new Error("it has ended")) : Promise.resolve();
  const end = await forEach(ids, 4, act, () => undefined, never);
  expect(end.done).toBe(20);
  expect(end.failures).toEqual([{ id: "3", message: "it has ended" }]);
});

it("begins no more once it is stopped", async () => {
  const stop = new AbortController();
  const act = (id: string) => {
    if (id === "5") stop.abort();
    return Promise.resolve();
  };
  const end = await forEach(ids, 1, act, () => undefined, stop.signal);
  expect(end.done).toBe(6);
});
