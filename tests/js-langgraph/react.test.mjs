// `useStream` of @langchain/react, which speaks the event streaming protocol.
import "./dom.mjs";
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Client } from "@langchain/langgraph-sdk";
import { useStream } from "@langchain/react";
import { cleanup, renderHook } from "@testing-library/react";
import { apiUrl, text, until } from "./dom.mjs";

const human = (content) => ({ messages: [{ type: "human", content }] });
const client = new Client({ apiUrl });

afterEach(cleanup);

function hook(options) {
  const seen = { threadId: options.threadId ?? null, texts: [], counts: new Set() };
  const rendered = renderHook(() => {
    const stream = useStream({
      apiUrl,
      onThreadId: (threadId) => (seen.threadId = threadId),
      ...options,
    });
    const last = text(stream.messages?.at(-1));
    if (last && seen.texts.at(-1) !== last) seen.texts.push(last);
    seen.counts.add(stream.messages?.length ?? 0);
    return stream;
  });
  return { seen, unmount: rendered.unmount, current: () => rendered.result.current };
}

test("an answer is streamed, and a second turn goes on from it", async () => {
  const { seen, current } = hook({ assistantId: "slow_chat" });
  current().submit(human("hi"));
  await until(() => !current().isLoading && current().messages.length === 2);
  const answer = text(current().messages[1]);
  const parts = seen.texts.filter((each) => answer.startsWith(each) && each !== answer);
  assert.ok(parts.length > 1, `no parts of ${answer} among ${seen.texts}`);
  current().submit(human("and then?"));
  await until(() => !current().isLoading && current().messages.length === 4);
  assert.ok(Math.max(...seen.counts) === 4, [...seen.counts].join());
  const state = await client.threads.getState(seen.threadId);
  assert.equal(state.values.messages.length, 4);
});

test("a question interrupts, and its answer resumes", async () => {
  const { seen, current } = hook({ assistantId: "approval" });
  current().submit({ amount: 3 });
  await until(() => current().interrupt && !current().isLoading);
  assert.deepEqual(current().interrupt.value, { amount: 3 });
  assert.equal((await client.threads.get(seen.threadId)).status, "interrupted");
  await current().respond(true);
  await until(() => !current().isLoading && current().values.done === "paid");
  await until(() => !current().interrupt);
  assert.equal((await client.threads.get(seen.threadId)).status, "idle");
});

test("a question that waits is there after the page is loaded again", async () => {
  const first = hook({ assistantId: "approval" });
  first.current().submit({ amount: 5 });
  await until(() => first.current().interrupt && !first.current().isLoading);
  const { threadId } = first.seen;
  first.unmount();
  const again = hook({ assistantId: "approval", threadId });
  await until(() => again.current().interrupt);
  assert.equal(again.current().interrupts.length, 1);
  await until(() => again.current().getThread()?.interrupts.length === 1);
  await again.current().respond(false);
  await until(() => !again.current().isLoading && again.current().values.done === "refused");
});

test("stop ends the run", async () => {
  const { seen, current } = hook({ assistantId: "slow" });
  current().submit({ seconds: 60 });
  await until(() => current().isLoading && current().values?.log?.length);
  await current().stop();
  await until(() => !current().isLoading);
  await until(async () => (await client.runs.list(seen.threadId))[0].status === "interrupted");
});

test("a page that is loaded again sees the rest of the answer, once", async () => {
  const first = hook({ assistantId: "slow_chat" });
  first.current().submit(human("hi"));
  await until(() => first.seen.texts.length > 2);
  const { threadId } = first.seen;
  first.unmount();
  const again = hook({ assistantId: "slow_chat", threadId });
  await until(() => again.current().messages.length === 2 && !again.current().isLoading);
  const state = await until(async () => {
    const found = await client.threads.getState(threadId);
    return found.values.messages?.length === 2 && found;
  });
  await until(() => text(again.current().messages[1]) === text(state.values.messages[1]));
  const answer = text(again.current().messages[1]);
  assert.ok(Math.max(...again.seen.counts) === 2, [...again.seen.counts].join());
  for (const each of again.seen.texts) {
    assert.ok(answer.startsWith(each) || each === "hi", `${each} is no part of ${answer}`);
  }
});

test("an error is shown", async () => {
  const { seen, current } = hook({ assistantId: "failing" });
  current().submit({});
  await until(() => current().error);
  assert.match(String(current().error.message ?? current().error), /\w/);
  await until(() => !current().isLoading);
  assert.equal((await client.threads.get(seen.threadId)).status, "error");
});

test("subgraphs are discovered", async () => {
  const { current } = hook({ assistantId: "nested" });
  current().submit(human("hi"));
  await until(() => !current().isLoading && current().messages.length > 1);
  await until(() => current().subgraphs.size > 0);
  const [subgraph] = [...current().subgraphs.values()];
  assert.equal(subgraph.namespace.length, 1);
});

test("a run that goes on elsewhere is seen, whichever protocol it speaks", async () => {
  const thread = await client.threads.create();
  await client.runs.create(thread.thread_id, "slow", { input: { seconds: 3 } });
  // The hook only looks at a thread whose state says that something comes next.
  await until(async () => (await client.threads.getState(thread.thread_id)).next.length > 0);
  const { current } = hook({ assistantId: "slow", threadId: thread.thread_id });
  await until(() => current().isLoading);
  await until(() => !current().isLoading && current().values?.log?.length === 2);
});
