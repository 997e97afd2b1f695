// `client.threads.stream` of @langchain/langgraph-sdk, over server-sent events and WebSockets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client } from "@langchain/langgraph-sdk";
import WebSocket from "ws";

const apiUrl = process.env.LANGGRAPH_API_URL;
const client = new Client({ apiUrl });
const human = (content) => ({ messages: [{ type: "human", content }] });

for (const transport of ["sse", "websocket"]) {
  const open = (assistantId, threadId) => {
    const options = { assistantId, transport, webSocketFactory: (url) => new WebSocket(url) };
    return threadId
      ? client.threads.stream(threadId, options)
      : client.threads.stream(options);
  };

  test(`${transport}: tokens, then the whole state`, async () => {
    const stream = open("chat");
    const { messages } = stream; // before the run, which may be over before anything else is asked
    const { run_id: runId } = await stream.run.start({ input: human("hi") });
    assert.match(runId, /^[0-9a-f-]{36}$/);
    const texts = [];
    for await (const message of messages) {
      for await (const part of message.text) texts.push(part);
    }
    const values = await stream.output;
    assert.ok(texts.length > 1);
    assert.equal(values.messages.length, 2);
    assert.equal(texts.join(""), values.messages[1].text ?? values.messages[1].content);
    await stream.close();
  });

  test(`${transport}: a question, and its answer`, async () => {
    const stream = open("approval");
    await stream.run.start({ input: { amount: 3 } });
    const values = await stream.values;
    assert.deepEqual(values, { amount: 3 });
    assert.equal(stream.interrupted, true);
    const [question] = stream.interrupts;
    assert.deepEqual(question.payload, { amount: 3 });
    const seen = [];
    const handle = await stream.subscribe({ channels: ["values", "lifecycle", "input"] });
    await stream.input.respond({
      namespace: question.namespace,
      interrupt_id: question.interruptId,
      response: true,
    });
    for await (const event of handle) {
      if (event.method === "lifecycle" && event.params.data.event === "completed") break;
      seen.push(event);
    }
    const last = seen.filter((event) => event.method === "values").at(-1);
    assert.deepEqual(last.params.data, { amount: 3, approved: true, done: "paid" });
    const answered = seen.find((event) => event.method === "input.answered");
    assert.deepEqual(answered.params.data.interrupt_ids, [question.interruptId]);
    await assert.rejects(
      stream.input.respond({ namespace: [], interrupt_id: question.interruptId, response: 1 }),
      /no_such_interrupt|already-consumed/,
    );
    await stream.close();
  });

  test(`${transport}: numbers grow over the runs of a thread, and ids are the same again`, async () => {
    const first = open("chat");
    await first.run.start({ input: human("hi") });
    await first.output;
    await first.close();
    const read = async () => {
      const stream = open("chat", first.threadId);
      const events = [];
      const handle = await stream.subscribe({ channels: ["lifecycle", "values", "messages"] });
      for await (const event of handle) {
        events.push(event);
        if (event.method === "lifecycle" && event.params.data.event === "completed") break;
      }
      await stream.close();
      return events;
    };
    const [one, two] = [await read(), await read()];
    assert.deepEqual(one, two);
    const numbers = one.map((event) => event.seq);
    assert.deepEqual(numbers, [...new Set(numbers)].sort((a, b) => a - b));
    assert.ok(numbers.every(Number.isSafeInteger));
    assert.equal(new Set(one.map((event) => event.event_id)).size, one.length);
  });

  test(`${transport}: subgraphs have namespaces, and subscriptions narrow them`, async () => {
    const stream = open("nested");
    const deep = await stream.subscribe({ channels: ["messages"], namespaces: [["inner"]] });
    await stream.run.start({ input: human("hi") });
    const found = [];
    for await (const event of deep) {
      found.push(event);
      if (event.params.data.event === "message-finish") break;
    }
    assert.ok(found.every((event) => event.params.namespace[0].startsWith("inner:")));
    await stream.close();
  });

  test(`${transport}: what is wrong with a command is said`, async () => {
    const stream = open("there is no such graph");
    await assert.rejects(stream.run.start({ input: {} }), /invalid_argument|there is no such graph/);
    const tree = stream.agent.getTree();
    await assert.rejects(tree, /no_such_run|No active run/);
    await stream.close();
  });
}
