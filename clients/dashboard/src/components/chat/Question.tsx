/** One question: actions to allow, a schema's form, or yes and no. */
import { useMutation } from "@tanstack/react-query";
import { Check, X } from "lucide-react";

import type { Interrupt } from "@/api/types";
import { actionsOf, decisionsAnswer } from "@/components/chat/review";
import { Review } from "@/components/chat/Review";
import { JsonView } from "@/components/JsonEditor";
import { Answer } from "@/components/run/Answer";
import { questionOf, wayOf } from "@/components/run/question";
import { Refusal } from "@/components/run/Refusal";
import { Button } from "@/components/ui/button";
import { brief, valueOf } from "@/lib/payload";
import { isRecord } from "@/lib/schema/resolve";

interface Props {
  interrupt: Interrupt;
  mayAnswer: boolean;
  onSend: (value: unknown) => Promise<unknown>;
}

export function Question({ interrupt, mayAnswer, onSend }: Props) {
  const actions = actionsOf(valueOf(interrupt.value));
  const { text, rest } = questionOf(interrupt);
  const send = useMutation({ mutationFn: onSend });
  const free = !actions && wayOf(interrupt).kind === "free";
  // It stays busy once it was sent, until the question is gone.
  const busy = send.isPending || send.isSuccess;
  return (
    <div className="grid min-w-0 gap-4 p-4">
      {text && <p className="max-w-prose whitespace-pre-wrap break-words text-base">{text}</p>}
      {!actions && rest !== undefined && <Rest value={rest} />}
      {!mayAnswer && <p className="text-[13px] text-soft">Your key may look, but not answer.</p>}
      {mayAnswer && actions && (
        <Review
          actions={actions}
          busy={busy}
          onDecide={(decisions) => send.mutate(decisionsAnswer(decisions))}
        />
      )}
      {mayAnswer && free && (
        <div className="flex flex-wrap gap-2">
          <Button variant="primary" disabled={busy} onClick={() => send.mutate(true)}>
            <Check aria-hidden />
            Yes
          </Button>
          <Button disabled={busy} onClick={() => send.mutate(false)}>
            <X aria-hidden />
            No
          </Button>
        </div>
      )}
      {mayAnswer && free && (
        <details>
          <summary className="w-fit cursor-pointer rounded text-[13px] text-soft">
            Answer something else
          </summary>
          <div className="pt-3">
            <Answer interrupt={interrupt} parked={false} onAnswer={onSend} />
          </div>
        </details>
      )}
      {mayAnswer && !actions && !free && (
        <Answer interrupt={interrupt} parked={false} onAnswer={onSend} />
      )}
      <Refusal error={send.error} />
    </div>
  );
}

/** What else was said: short facts in a row, anything else as JSON. */
function Rest({ value }: { value: unknown }) {
  const short = (each: unknown) => typeof each !== "object" && String(each).length <= 200;
  if (!isRecord(value) || !Object.values(value).every(short))
    return <JsonView value={value} label="What was asked" maxHeight="16rem" />;
  return (
    <dl className="flex flex-wrap gap-x-6 gap-y-2">
      {Object.entries(value).map(([name, each]) => (
        <div key={name} className="min-w-0">
          <dt className="text-xs text-soft">{name}</dt>
          <dd className="break-words text-sm">{brief(each, 200)}</dd>
        </div>
      ))}
    </dl>
  );
}
