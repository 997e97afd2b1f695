/** Actions that wait to be allowed: each is approved, changed or rejected. */
import { useState } from "react";

import type { Action, Decided, Decision } from "@/components/chat/review";
import { JsonEditor, JsonView } from "@/components/JsonEditor";
import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/input";
import { parsed } from "@/lib/schema/typed";
import { pretty } from "@/lib/payload";

interface Props {
  actions: readonly Action[];
  busy: boolean;
  onDecide: (decisions: readonly Decided[]) => void;
}

const WORDS: Record<Decision, string> = {
  approve: "Approve",
  edit: "Approve with changes",
  reject: "Reject",
};

export function Review({ actions, busy, onDecide }: Props) {
  const [decided, setDecided] = useState<readonly (Decided | null)[]>(() =>
    actions.map((each) => (each.allowed.includes("approve") ? { type: "approve" } : null)),
  );
  const all = decided.filter((each) => each !== null);
  return (
    <form
      className="grid min-w-0 gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (all.length === actions.length && !busy) onDecide(all);
      }}
    >
      {actions.map((action, at) => (
        <ActionView
          key={at}
          action={action}
          chosen={decided[at] ?? null}
          onChoose={(next) =>
            setDecided(decided.map((each, index) => (index === at ? next : each)))
          }
        />
      ))}
      <div>
        <Button type="submit" variant="primary" disabled={busy || all.length < actions.length}>
          {busy ? "Sending…" : actions.length > 1 ? "Send the decisions" : "Send the decision"}
        </Button>
      </div>
    </form>
  );
}

interface ActionProps {
  action: Action;
  chosen: Decided | null;
  onChoose: (decided: Decided | null) => void;
}

function ActionView({ action, chosen, onChoose }: ActionProps) {
  const [type, setType] = useState<Decision | undefined>(chosen?.type);
  const [text, setText] = useState(() => pretty(action.args));
  const fault = parsed(text).fault;
  const edited = (typed: string): Decided | null => {
    const found = parsed(typed);
    if (found.fault !== undefined) return null;
    return { type: "edit", edited_action: { name: action.name, args: found.value } };
  };
  const choose = (next: Decision) => {
    setType(next);
    onChoose(next === "edit" ? edited(text) : { type: next });
  };
  return (
    <fieldset className="grid min-w-0 gap-2 rounded-md border p-3">
      <legend className="px-1 font-mono text-[13px] font-medium">{action.name}</legend>
      {action.description && (
        <p className="whitespace-pre-wrap break-words text-sm">{action.description}</p>
      )}
      {type === "edit" ? (
        <JsonEditor
          text={text}
          label={`Arguments of ${action.name}, changed`}
          maxHeight="16rem"
          onChange={(typed) => {
            setText(typed);
            onChoose(edited(typed));
          }}
        />
      ) : (
        <JsonView value={action.args} label={`Arguments of ${action.name}`} maxHeight="16rem" />
      )}
      {type === "edit" && fault && (
        <p role="alert" className="text-xs text-danger">
          {fault}
        </p>
      )}
      <div
        role="radiogroup"
        aria-label={`What to do with ${action.name}`}
        className="flex flex-wrap gap-x-4 gap-y-1"
      >
        {action.allowed.map((each) => (
          <label key={each} className="flex items-center gap-1.5 text-[13px]">
            <input
              type="radio"
              className="size-4 accent-brand"
              checked={type === each}
              onChange={() => choose(each)}
            />
            {WORDS[each]}
          </label>
        ))}
      </div>
      {type === "reject" && (
        <Textarea
          aria-label="Why it is rejected"
          placeholder="Why? The agent reads it."
          onChange={({ target }) =>
            onChoose({ type: "reject", ...(target.value ? { message: target.value } : {}) })
          }
        />
      )}
    </fieldset>
  );
}
