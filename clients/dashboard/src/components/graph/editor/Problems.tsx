/** What the server says of the definition: nothing is wrong, or what is and where. */
import { CircleAlert, CircleCheck, Loader } from "lucide-react";

import { asApiError } from "@/api/errors";
import type { Fault } from "@/components/graph/editor/faults";
import type { Editing } from "@/components/graph/editor/use-editor";

export function Problems({ editing }: { editing: Editing }) {
  const { check, choose, sketch, definition } = editing;
  // Who has just begun has done nothing wrong.
  const begun = Object.keys(definition.nodes).length > 0;
  const { state } = check;
  const faults = begun ? check.faults : [];
  const open = (fault: Fault) => {
    if (fault.node !== undefined) return choose(fault.node);
    const way = sketch.ways.find(
      ({ place }) =>
        ("branch" in place && place.branch === fault.branch) ||
        (place.kind === "edge" && place.index === fault.edge),
    );
    choose(way?.id ?? "");
  };
  return (
    <section
      aria-label="Problems"
      data-check={state}
      className="grid gap-2 rounded-lg border bg-panel px-4 py-3"
    >
      {begun || state === "unknown" ? (
        <Headline state={state} count={faults.length} error={check.error} />
      ) : (
        <p role="status" className="text-[13px] text-soft">
          Add a tool, and give the graph a name.
        </p>
      )}
      {faults.length > 0 && (
        <ul className="grid gap-1">
          {faults.map((fault, index) => (
            <li key={index}>
              <button
                type="button"
                className="w-full rounded px-1 py-0.5 text-left text-[13px] hover:bg-sunken"
                onClick={() => open(fault)}
              >
                <span className="break-all font-mono text-xs text-danger">{fault.path}</span>{" "}
                <span className="break-words">{fault.description}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

interface HeadlineProps {
  state: Editing["check"]["state"];
  count: number;
  error: unknown;
}

function Headline({ state, count, error }: HeadlineProps) {
  const line = "flex items-center gap-2 text-[13px] font-medium";
  if (state === "unknown")
    return (
      <p role="status" className={`${line} text-danger`}>
        <CircleAlert aria-hidden className="size-4 shrink-0" />
        It could not be checked: {asApiError(error).message}
      </p>
    );
  if (state === "checking")
    return (
      <p role="status" className={`${line} text-soft`}>
        <Loader aria-hidden className="size-4 shrink-0" />
        Checking…
      </p>
    );
  if (state === "right")
    return (
      <p role="status" className={`${line} text-succeeded`}>
        <CircleCheck aria-hidden className="size-4 shrink-0" />
        Nothing is wrong: it can be saved.
      </p>
    );
  return (
    <p role="status" className={`${line} text-danger`}>
      <CircleAlert aria-hidden className="size-4 shrink-0" />
      {count === 1 ? "One thing is wrong" : `${count} things are wrong`}
    </p>
  );
}
