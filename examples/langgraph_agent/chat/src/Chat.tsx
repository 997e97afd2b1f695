import type { Message } from "@langchain/langgraph-sdk";
import { useStream } from "@langchain/langgraph-sdk/react";
import { useEffect, useRef, useState } from "react";
import { Approval, type Question } from "./Approval";
import { Composer } from "./Composer";
import { Line } from "./Line";

type State = { messages: Message[] };

const IDEAS = ["Book a train from Vienna to Zagreb", "Vienna to Zurich", "What do you know?"];

/** The thread is in the address: a reload comes back to it, and to a run that still goes on. */
const threadInAddress = () => new URLSearchParams(location.search).get("thread");

export function Chat() {
  const [threadId, setThreadId] = useState(threadInAddress);
  const stream = useStream<State, { InterruptType: Question }>({
    apiUrl: `${location.origin}/api`,
    assistantId: "agent",
    threadId,
    onThreadId: (thread) => {
      setThreadId(thread);
      history.replaceState(null, "", `?thread=${thread}`);
    },
    reconnectOnMount: true,
    fetchStateHistory: true,
  });
  const question = stream.isLoading ? undefined : stream.interrupt?.value;

  function send(content: string) {
    const message = { type: "human" as const, content };
    stream.submit(
      { messages: [message] },
      { optimisticValues: (before) => ({ messages: [...(before.messages ?? []), message] }) },
    );
  }

  const answer = (approved: boolean) =>
    stream.submit(undefined, { command: { resume: { approved } } });

  return (
    <>
      <header>
        <h1>Trains</h1>
        <a href={location.pathname}>New conversation</a>
      </header>
      <main>
        <ol role="log" aria-label="Conversation" aria-busy={stream.isLoading}>
          {stream.messages.map((message, place) => (
            <Line key={message.id ?? place} message={message} />
          ))}
        </ol>
        {stream.messages.length === 0 && !stream.isThreadLoading ? <Ideas choose={send} /> : null}
        {stream.error ? <Trouble error={stream.error} /> : null}
        <End of={stream.messages} />
      </main>
      <footer>
        <p role="status">{stream.isLoading ? "Answering …" : ""}</p>
        {question ? (
          <Approval question={question} answer={answer} />
        ) : (
          <Composer busy={stream.isLoading} send={send} stop={() => stream.stop()} />
        )}
      </footer>
    </>
  );
}

function Ideas({ choose }: { choose: (text: string) => void }) {
  return (
    <section aria-label="Ideas" className="ideas">
      <p>Ask for a connection, or try one of these:</p>
      {IDEAS.map((idea) => (
        <button key={idea} onClick={() => choose(idea)}>
          {idea}
        </button>
      ))}
    </section>
  );
}

/** Reloading is safe: what the server has begun goes on there, and the page comes back to it. */
function Trouble({ error }: { error: unknown }) {
  return (
    <section role="alert" className="trouble">
      <p>{error instanceof Error ? error.message : String(error)}</p>
      <button onClick={() => location.reload()}>Connect again</button>
    </section>
  );
}

/** Keeps the newest line in sight, unless one has scrolled up while it grows. */
function End({ of }: { of: Message[] }) {
  const end = useRef<HTMLDivElement>(null);
  const shown = useRef(0);
  useEffect(() => {
    const below = document.documentElement.scrollHeight - innerHeight - scrollY;
    if (below < 200 || of.length !== shown.current) end.current?.scrollIntoView({ block: "end" });
    shown.current = of.length;
  }, [of]);
  return <div ref={end} className="end" />;
}
