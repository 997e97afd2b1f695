/** One message of a conversation, by who says it. */
import { Bot, Info, Pencil, RotateCw, User, Wrench, type LucideIcon } from "lucide-react";
import { memo, useState } from "react";

import { Parts } from "@/components/chat/Parts";
import { textOf, type ChatMessage, type Role } from "@/components/chat/messages";
import { ToolCall } from "@/components/chat/ToolCall";
import type { Turn } from "@/components/chat/turns";
import { CopyButton } from "@/components/CopyButton";
import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/input";
import { cn } from "@/lib/classes";

const LOOKS: Record<Role, { words: string; icon: LucideIcon; own: string }> = {
  human: { words: "Human", icon: User, own: "bg-brand-soft" },
  ai: { words: "AI", icon: Bot, own: "" },
  tool: { words: "Tool", icon: Wrench, own: "border bg-panel" },
  system: { words: "System", icon: Info, own: "border border-dashed bg-sunken text-soft" },
  other: { words: "Message", icon: Info, own: "border bg-panel" },
};

interface Props {
  turn: Turn;
  growing: boolean;
  /** Say it anew; undefined where that cannot be done now. */
  onAgain: ((message: ChatMessage, text?: string) => void) | undefined;
}

export const Bubble = memo(function Bubble({ turn, growing, onAgain }: Props) {
  const { message, calls } = turn;
  const { words, icon: Icon, own } = LOOKS[message.role];
  const mine = message.role === "human";
  const [editing, setEditing] = useState(false);
  const bare = message.parts.length === 0 && calls.length === 0;
  return (
    <li
      data-role={message.role}
      className={cn("group/turn grid min-w-0 gap-1.5", mine && "justify-items-end")}
    >
      <div
        className={cn(
          "flex min-h-7 items-center gap-1.5 text-xs text-soft",
          mine && "flex-row-reverse",
        )}
      >
        <Icon aria-hidden className="size-3.5 shrink-0" />
        <span className="truncate font-medium">{message.name || words}</span>
        <Deeds
          message={message}
          quiet={growing}
          onAgain={onAgain}
          onEdit={() => setEditing(true)}
        />
      </div>
      {editing && onAgain ? (
        <EditText
          before={textOf(message)}
          onSend={(text) => {
            setEditing(false);
            onAgain(message, text);
          }}
          onLeave={() => setEditing(false)}
        />
      ) : (
        (message.parts.length > 0 || bare) && (
          <div
            className={cn(
              "grid min-w-0 max-w-full gap-2 text-sm",
              own && "rounded-xl px-3.5 py-2.5 md:max-w-[85%]",
              own,
              message.failed && "border-danger/50 text-danger",
            )}
          >
            <Parts parts={message.parts} />
            {bare && <p className="text-soft">{growing ? "…" : "(empty)"}</p>}
          </div>
        )
      )}
      {calls.length > 0 && (
        <div className="grid w-full min-w-0 gap-1.5">
          {calls.map((each, at) => (
            <ToolCall key={each.call.id || at} answered={each} />
          ))}
        </div>
      )}
    </li>
  );
}, same);

interface DeedsProps {
  message: ChatMessage;
  quiet: boolean;
  onAgain: Props["onAgain"];
  onEdit: () => void;
}

function Deeds({ message, quiet, onAgain, onEdit }: DeedsProps) {
  if (quiet) return <span>is speaking …</span>;
  const text = textOf(message);
  return (
    // Where there is no pointer to hover with they are always there.
    <span className="flex items-center opacity-100 transition-opacity md:opacity-0 md:focus-within:opacity-100 md:group-hover/turn:opacity-100">
      {text && <CopyButton text={text} what="the message" />}
      {onAgain && message.id && message.role === "ai" && (
        <Button
          variant="ghost"
          size="icon"
          className="size-7"
          aria-label="Say this anew"
          title="Say this anew, from before this message"
          onClick={() => onAgain(message)}
        >
          <RotateCw aria-hidden />
        </Button>
      )}
      {onAgain && message.id && message.role === "human" && (
        <Button
          variant="ghost"
          size="icon"
          className="size-7"
          aria-label="Edit and send anew"
          title="Edit, and go on from before this message"
          onClick={onEdit}
        >
          <Pencil aria-hidden />
        </Button>
      )}
    </span>
  );
}

interface EditProps {
  before: string;
  onSend: (text: string) => void;
  onLeave: () => void;
}

function EditText({ before, onSend, onLeave }: EditProps) {
  const [text, setText] = useState(before);
  return (
    <form
      className="grid w-full gap-2 md:max-w-[85%]"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim()) onSend(text);
      }}
    >
      <Textarea
        aria-label="The message, edited"
        autoFocus
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") onLeave();
        }}
      />
      <div className="flex justify-end gap-2">
        <Button size="sm" variant="ghost" onClick={onLeave}>
          Leave it
        </Button>
        <Button size="sm" variant="primary" type="submit" disabled={!text.trim()}>
          Send anew
        </Button>
      </div>
    </form>
  );
}

/** Turns are made anew for every token: what they show decides. */
function same(one: Props, other: Props): boolean {
  return (
    one.turn.message === other.turn.message &&
    one.growing === other.growing &&
    one.onAgain === other.onAgain &&
    one.turn.calls.length === other.turn.calls.length &&
    one.turn.calls.every((each, at) => {
      const next = other.turn.calls[at];
      return each.call === next?.call && each.result === next.result;
    })
  );
}
