/** How a run is executed, beyond its input: folded, as most runs need none of it. */
import { ChevronRight } from "lucide-react";
import { useId } from "react";

import type { Violation } from "@/api/errors";
import { PATHS, type Options } from "@/components/start/draft";
import { Field, Input, Textarea } from "@/components/ui/input";
import { within } from "@/lib/schema/join";

interface Props {
  options: Options;
  onChange: (options: Options) => void;
  violations: readonly Violation[];
  /** LangGraph's graphs have assistants and threads. */
  threaded: boolean;
}

interface One {
  name: keyof Options;
  label: string;
  hint: string;
}

const ALWAYS: readonly One[] = [
  { name: "runId", label: "Run id", hint: "One is made if you give none." },
  { name: "queue", label: "Queue", hint: "Whose workers may take the run; otherwise default." },
  { name: "priority", label: "Priority", hint: "Higher runs first; otherwise 0." },
  { name: "timeout", label: "Timeout", hint: "Fails the run after 90 s, 5 m, 2 h …" },
  { name: "startDelay", label: "Start delay", hint: "Waits that long before it begins." },
  {
    name: "concurrencyKey",
    label: "Concurrency key",
    hint: "Runs with the same key count together.",
  },
  {
    name: "concurrencyLimit",
    label: "Concurrency limit",
    hint: "So many of them at a time; otherwise 1.",
  },
];
const OF_THREADS: readonly One[] = [
  { name: "threadId", label: "Thread", hint: "Whose state it reads and writes; otherwise none." },
  {
    name: "assistantId",
    label: "Assistant",
    hint: "Whose configuration it takes; otherwise none.",
  },
];
const OF_OTHERS: readonly One[] = [
  { name: "threadId", label: "Thread id", hint: "A name by which runs can be found." },
];

export function StartOptions({ options, onChange, violations, threaded }: Props) {
  const own = useId();
  const fields = [...(threaded ? [] : OF_OTHERS), ...ALWAYS];
  const field = ({ name, label, hint }: One) => {
    const fault = faultOf(violations, PATHS[name]);
    return (
      <Field key={name} label={label} name={own + name} hint={hint} error={fault}>
        <Input
          id={own + name}
          aria-describedby={`${own}${name}-note`}
          aria-invalid={fault !== undefined}
          value={options[name]}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => onChange({ ...options, [name]: event.target.value })}
        />
      </Field>
    );
  };
  const wrong = fields.some(({ name }) => faultOf(violations, PATHS[name]) !== undefined);
  const labels = faultOf(violations, PATHS.labels);
  return (
    <>
      {threaded && <div className="grid gap-4 sm:grid-cols-2">{OF_THREADS.map(field)}</div>}
      <details className="group min-w-0" open={wrong || labels !== undefined || undefined}>
        <summary className="flex w-fit cursor-pointer list-none items-center gap-1 rounded text-[13px] font-medium">
          <ChevronRight aria-hidden className="size-4 transition-transform group-open:rotate-90" />
          More options
        </summary>
        <div className="mt-3 grid gap-4 sm:grid-cols-2">
          {fields.map(field)}
          <Field
            label="Labels"
            name={`${own}labels`}
            hint="A key=value on each line; runs are found by them."
            error={labels}
          >
            <Textarea
              id={`${own}labels`}
              aria-describedby={`${own}labels-note`}
              aria-invalid={labels !== undefined}
              rows={2}
              className="min-h-16 font-mono text-[13px]"
              value={options.labels}
              placeholder="team=risk"
              onChange={(event) => onChange({ ...options, labels: event.target.value })}
            />
          </Field>
        </div>
      </details>
    </>
  );
}

function faultOf(violations: readonly Violation[], path: string): string | undefined {
  const own = violations.filter(({ field }) => within(field, path));
  return own.length ? own.map((each) => each.description).join(" ") : undefined;
}
