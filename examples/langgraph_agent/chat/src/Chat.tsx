import type { Message } from "@langchain/langgraph-sdk";
import { useStream } from "@langchain/langgraph-sdk/react";
import { type FormEvent, useState } from "react";

type State = { messages: Message[] };
type Question = { question: string; train: string; euros: number };

/** The thread is in the address: a reload comes back to it, and to a run that still goes on. */
const threadInAddress = () => new URLSearchParams(location.search).get("thread");

function putThreadIntoAddress(thread: string) {
  history.replaceState(null, "", `?thread=${thread}`);
}

export function Chat() {
  const [threadId, setThreadId] = useState(threadInAddress);
  const [text, setText] = useState("");
  const stream = useStream<State, { InterruptType: Question }>({
    apiUrl: `${location.origin}/api`,
    assistantId: "agent",
    threadId,
    onThreadId: (thread) => {
      setThreadId(thread);
      putThreadIntoAddress(thread);
    },
    reconnectOnMount: true,
    fetchStateHistory: true,
  });

  function send(event: FormEvent) {
    event.preventDefault();
    if (!text.trim()) return;
    const message = { type: "human" as const, content: text };
    stream.submit(
      { messages: [message] },
      {
        optimisticValues: (before) => ({ messages: [...(before.messages ?? []), message] }),
        streamResumable: true,
      },
    );
    setText("");
  }

  const answer = (approved: boolean) =>
    stream.submit(undefined, { command: { resume: { approved } }, streamResumable: true });

  return (
    <main>
      <h1>Trains</h1>
      <ol aria-live="polite">
        {stream.messages.map((message, place) => (
          <Line key={message.id ?? place} message={message} />
        ))}
      </ol>
      {stream.error ? <p role="alert">{String(stream.error)}</p> : null}
      {stream.interrupt?.value && !stream.isLoading ? (
        <section aria-label="Approval">
          <p>{stream.interrupt.value.question}</p>
          <button onClick={() => answer(true)}>Yes, book it</button>
          <button onClick={() => answer(false)}>No</button>
        </section>
      ) : null}
      <form onSubmit={send}>
        <input
          aria-label="Message"
          placeholder="Book a train from Vienna to Zagreb"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        {stream.isLoading ? (
          <button type="button" onClick={() => stream.stop()}>
            Stop
          </button>
        ) : (
          <button>Send</button>
        )}
      </form>
    </main>
  );
}

function Line({ message }: { message: Message }) {
  const calls = message.type === "ai" ? (message.tool_calls ?? []) : [];
  return (
    <li className={message.type}>
      {typeof message.content === "string" ? message.content : JSON.stringify(message.content)}
      {calls.map((call) => (
        <code key={call.id}>
          {call.name}({JSON.stringify(call.args)})
        </code>
      ))}
    </li>
  );
}
