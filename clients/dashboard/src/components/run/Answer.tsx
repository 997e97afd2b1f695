/** Answers a question: by buttons, a form, text or JSON. */
import { useMutation } from "@tanstack/react-query";
import { Send } from "lucide-react";
import { useId, useState } from "react";

import { asApiError } from "@/api/errors";
import type { Interrupt } from "@/api/types";
import { wayOf } from "@/components/run/question";
import { Refusal } from "@/components/run/Refusal";
import { SchemaForm } from "@/components/SchemaForm";
import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/input";
import { faultsOf } from "@/lib/schema/faults";
import { initial } from "@/lib/schema/initial";

interface Props {
  interrupt: Interrupt;
  parked: boolean;
  /** Send it. */
  onAnswer: (value: unknown) => Promise<unknown>;
}

/** Where the answer stands in the request. */
const PATH = "answer";

export function Answer({ interrupt, parked, onAnswer }: Props) {
  const send = useMutation({ mutationFn: onAnswer });
  const way = parked
    ? { kind: "buttons" as const, options: [{ label: "Let it go on", value: null }] }
    : wayOf(interrupt);
  const refusal = send.error ? asApiError(send.error) : null;
  const violations = refusal?.violations ?? [];
  const beside = way.kind === "form" && violations.length > 0;
  const busy = send.isPending || send.isSuccess;
  return (
    <div className="grid min-w-0 gap-3">
      {way.kind === "buttons" && (
        <div className="flex flex-wrap gap-2">
          {way.options.map(({ label, value }, index) => (
            <Button
              key={label}
              variant={index === 0 ? "primary" : "outline"}
              disabled={busy}
              onClick={() => send.mutate(value)}
            >
              {label}
            </Button>
          ))}
        </div>
      )}
      {way.kind === "form" && (
        <FormAnswer
          schema={way.schema}
          busy={busy}
          violations={violations}
          onSend={(value) => send.mutate(value)}
        />
      )}
      {way.kind === "free" && <FreeAnswer busy={busy} onSend={(value) => send.mutate(value)} />}
      {!beside && <Refusal error={send.error} />}
    </div>
  );
}

interface FormProps {
  schema: unknown;
  busy: boolean;
  violations: ReturnType<typeof asApiError>["violations"];
  onSend: (value: unknown) => void;
}

function FormAnswer({ schema, busy, violations, onSend }: FormProps) {
  const [value, setValue] = useState<unknown>(() => initial(schema, schema));
  const [tried, setTried] = useState(false);
  const [spoiled, setSpoiled] = useState("");
  return (
    <form
      noValidate
      className="grid min-w-0 gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (!spoiled && !busy && !faultsOf(schema, value ?? {}, PATH).length) onSend(value);
      }}
    >
      <SchemaForm
        schema={schema}
        value={value}
        onChange={setValue}
        violations={violations}
        path={PATH}
        label="Answer"
        showFaults={tried}
        onSpoiled={setSpoiled}
      />
      <SendButton busy={busy} />
    </form>
  );
}

/** Any answer will do: text as it is typed, or JSON. */
function FreeAnswer({ busy, onSend }: { busy: boolean; onSend: (value: unknown) => void }) {
  const own = useId();
  const [text, setText] = useState("");
  const [json, setJson] = useState(false);
  const [value, setValue] = useState<unknown>(null);
  const [spoiled, setSpoiled] = useState("");
  return (
    <form
      className="grid min-w-0 gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy && !(json && spoiled)) onSend(json ? value : text);
      }}
    >
      <label className="flex w-fit items-center gap-2 text-[13px]">
        <input
          type="checkbox"
          className="size-4 accent-brand"
          checked={json}
          onChange={(event) => setJson(event.target.checked)}
        />
        Answer with JSON in place of text
      </label>
      {json ? (
        <SchemaForm
          schema={{}}
          value={value}
          onChange={setValue}
          path={PATH}
          label="Answer"
          onSpoiled={setSpoiled}
        />
      ) : (
        <>
          <label htmlFor={own} className="sr-only">
            Answer
          </label>
          <Textarea id={own} value={text} onChange={(event) => setText(event.target.value)} />
        </>
      )}
      <SendButton busy={busy} />
    </form>
  );
}

function SendButton({ busy }: { busy: boolean }) {
  return (
    <div>
      <Button type="submit" variant="primary" disabled={busy}>
        <Send aria-hidden />
        {busy ? "Sending…" : "Send the answer"}
      </Button>
    </div>
  );
}
