import { type FormEvent, useEffect, useRef, useState } from "react";

type Props = { busy: boolean; send: (text: string) => void; stop: () => void };

export function Composer({ busy, send, stop }: Props) {
  const [text, setText] = useState("");
  const field = useRef<HTMLInputElement>(null);
  // After each answer, too: the button that had the focus is gone by then.
  useEffect(() => field.current?.focus(), [busy]);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (busy || !text.trim()) return;
    send(text.trim());
    setText("");
  }

  return (
    <form onSubmit={submit}>
      <input
        ref={field}
        aria-label="Message"
        placeholder="From where to where?"
        autoComplete="off"
        maxLength={2000}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {busy ? (
        <button key="stop" type="button" onClick={stop}>
          Stop
        </button>
      ) : (
        <button key="send" className="main">
          Send
        </button>
      )}
    </form>
  );
}
