import type { Message } from "@langchain/langgraph-sdk";

const SPEAKERS: Record<string, string> = { human: "You", ai: "Agent" };

/** One message. Whatever it holds is shown as text, never as markup. */
export function Line({ message }: { message: Message }) {
  const text = textOf(message);
  if (message.type === "tool") {
    return (
      <li className="tool">
        <details>
          <summary>{message.name ?? "A tool"} answered</summary>
          <pre>{text}</pre>
        </details>
      </li>
    );
  }
  const calls = message.type === "ai" ? (message.tool_calls ?? []) : [];
  return (
    <li className={message.type}>
      <span className="speaker">{SPEAKERS[message.type] ?? message.type}</span>
      {text ? <p>{text}</p> : null}
      {calls.map((call, place) => (
        <code key={call.id ?? place}>
          {call.name}({Object.values(call.args).map(String).join(", ")})
        </code>
      ))}
    </li>
  );
}

/** Models answer with a text, or with blocks of which some are texts. */
function textOf({ content }: Message): string {
  if (typeof content === "string") return content;
  return content.map((block) => (block.type === "text" ? block.text : "")).join("");
}
