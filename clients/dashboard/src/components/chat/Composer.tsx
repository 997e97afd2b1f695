/** Where one says something, and stops what answers. */
import { CircleStop, Send } from "lucide-react";
import { useState, type RefObject } from "react";

import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/input";

interface Props {
  box: RefObject<HTMLTextAreaElement | null>;
  /** Why nothing can be said now; empty if it can. */
  closed: string;
  busy: boolean;
  onSay: (text: string) => Promise<unknown>;
  /** Undefined where there is nothing to stop. */
  onStop: (() => void) | undefined;
}

const MOST_CHARACTERS = 200_000;

export function Composer({ box, closed, busy, onSay, onStop }: Props) {
  const [text, setText] = useState("");
  const able = !closed && !busy && text.trim() !== "";
  const send = () => {
    if (!able) return;
    // What could not be said stays to be said again.
    void onSay(text).then(
      () => setText(""),
      () => undefined,
    );
  };
  return (
    <form
      className="grid gap-1.5 border-t bg-panel p-3"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div className="flex items-end gap-2">
        <Textarea
          ref={box}
          rows={2}
          aria-label="Message"
          aria-describedby="composer-note"
          placeholder="Say something …"
          maxLength={MOST_CHARACTERS}
          className="max-h-48 min-h-16 [field-sizing:content]"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            send();
          }}
        />
        {onStop ? (
          <Button variant="danger" className="h-16" onClick={onStop}>
            <CircleStop aria-hidden />
            Stop
          </Button>
        ) : (
          <Button variant="primary" type="submit" className="h-16" disabled={!able}>
            <Send aria-hidden />
            Send
          </Button>
        )}
      </div>
      <p id="composer-note" className="text-xs text-soft">
        {closed || "Enter sends, Shift+Enter begins a new line."}
      </p>
    </form>
  );
}
