// `useStream` of @langchain/langgraph-sdk/react, which streams runs.
import "./dom.mjs";
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Client } from "@langchain/langgraph-sdk";
import { useStream } from "@langchain/langgraph-sdk/react";
import { cleanup, renderHook } from "@testing-library/react";
import { apiUrl, text, until } from "./dom.mjs";

const human = (content) => ({ messages: [{ type: "human", content }] });
const client = new Client({ apiUrl });

afterEach(() => {
  cleanup();
  sessionStorage.clear();
});

function hook(options) {
  const seen = { threadId: options.threadId ?? null, texts: [] };
  const rendered = renderHook(() => {
    const stream = useStream({
      apiUrl,
      reconnectOnMount: true,
      fetchStateHistory: true,
      onThreadId: (threadId) => (seen.threadId = threadId),
      ...options,
    });
    const last = text(stream.messages?.at(-1));
    if (last && seen.texts.at(-1) !== last) seen.texts.push(last);
    return stream;
  });
  return { seen, unmount: rendered.unmount, current: () => rendered.result.current };
}

test("an answer is streamed, and a second turn goes on from it", async () => {
  const { seen, current } = hook({ assistantId: "chat" });
  current().submit(human("hi"), { streamMode: ["values", "messages-tuple"] });
  await until(() => !current().isLoading && current().messages.length === 2);
  const answer = text(current().messages[1]);
  assert.ok(answer.length > 0);
  const parts = seen.texts.filter((each) => answer.startsWith(each) && each !== answer);
  assert.ok(parts.length > 0, `no parts of ${answer} among ${seen.texts}`);
  current().submit(human("and then?"));
  await until(() => !current().isLoading && current().messages.length === 4);
  const state = await client.threads.getState(seen.threadId);
  assert.equal(state.values.messages.length, 4);
  assert.equal(current().history.length > 2, true);
});

test("a question interrupts, and its answer resumes", async () => {
  const { seen, current } = hook({ assistantId: "approval" });
  current().submit({ amount: 3 });
  await until(() => !current().isLoading && current().interrupt);
  assert.deepEqual(current().interrupt.value, { amount: 3 });
  assert.equal((await client.threads.get(seen.threadId)).status, "interrupted");
  current().submit(undefined, { command: { resume: true } });
  await until(() => !current().isLoading && current().values.done === "paid");
  assert.equal(current().interrupt, undefined);
});

test("stop ends the run", async () => {
  const { seen, current } = hook({ assistantId: "slow" });
  current().submit({ seconds: 60 }, { streamMode: ["values", "custom"], streamResumable: true });
  await until(async () => {
    const runs = seen.threadId ? await client.runs.list(seen.threadId) : [];
    return runs[0]?.status === "running" && current().values?.log?.length;
  });
  await current().stop();
  await until(() => !current().isLoading);
  await until(async () => (await client.runs.list(seen.threadId))[0].status === "interrupted");
  assert.equal((await client.threads.get(seen.threadId)).status, "interrupted");
});

test("a page that is loaded again sees the rest of the answer, once", async () => {
  const first = hook({ assistantId: "slow_chat" });
  first.current().submit(human("hi"), {
    streamMode: ["values", "messages-tuple"],
    streamResumable: true,
    onDisconnect: "continue",
  });
  await until(() => first.seen.texts.length > 1);
  const { threadId } = first.seen;
  const kept = { ...sessionStorage };
  first.unmount();
  Object.assign(sessionStorage, kept);
  const again = hook({ assistantId: "slow_chat", threadId });
  await until(() => again.current().messages.length === 2 && !again.current().isLoading);
  const state = await until(async () => {
    const found = await client.threads.getState(threadId);
    return found.values.messages?.length === 2 && found;
  });
  const answer = text(again.current().messages[1]);
  assert.equal(answer, text(state.values.messages[1]));
  for (const each of again.seen.texts) {
    assert.ok(answer.startsWith(each) || each === "hi", `${each} is no part of ${answer}`);
  }
});

test("an error is shown", async () => {
  const { seen, current } = hook({ assistantId: "failing" });
  current().submit({});
  await until(() => current().error);
  assert.match(String(current().error.message), /\w/);
  await until(() => !current().isLoading);
  assert.equal((await client.threads.get(seen.threadId)).status, "error");
});

test("subgraphs are told apart", async () => {
  const namespaces = new Set();
  const { current } = hook({
    assistantId: "nested",
    onUpdateEvent: (_, options) => namespaces.add(options.namespace?.length ?? 0),
    onCustomEvent: (data, options) => namespaces.add(`${Object.keys(data)}:${options.namespace?.length}`),
  });
  current().submit(human("hi"), {
    streamMode: ["values", "updates", "custom"],
    streamSubgraphs: true,
  });
  await until(() => !current().isLoading && current().messages.length > 1);
  assert.ok(namespaces.has(1), [...namespaces].join());
  assert.ok(namespaces.has("inner:1"), [...namespaces].join());
});
