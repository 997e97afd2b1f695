/** What became of one node of a run: its steps and attempts, its newest update, why it failed. */
import { X } from "lucide-react";
import { useState } from "react";

import type { Message, RunStatus } from "@/api/types";
import type { NodeMark } from "@/components/graph/marks";
import { JsonView } from "@/components/JsonEditor";
import { spentOnStep, standingOfStep } from "@/components/run/graph-marks";
import type { Attempt, NodeHistory, NodeStep } from "@/components/run/graph-overlay";
import { ToneBadge } from "@/components/StatusBadge";
import { Timestamp } from "@/components/Timestamp";
import { Button } from "@/components/ui/button";
import { Fact, Facts } from "@/components/ui/card";
import { valueOf } from "@/lib/payload";
import { clock, spell } from "@/lib/time";

interface Props {
  node: Message<"GraphNode">;
  history: NodeHistory | undefined;
  mark: NodeMark | undefined;
  /** Of the run. */
  status: RunStatus | undefined;
  now: number;
  onClose: () => void;
}

const SHOWN_STEPS = 20;

export function NodePanel({ node, history, mark, status, now, onClose }: Props) {
  const steps = history?.steps ?? [];
  const last = steps.at(-1);
  const failed = steps.findLast((each) => each.status === "RUN_STATUS_FAILED" && each.message);
  return (
    <section
      aria-label={`Node ${node.name ?? ""}`}
      className="grid min-w-0 content-start gap-3 overflow-auto rounded-md border bg-panel p-3 @4xl:max-h-[480px]"
    >
      <div className="flex items-start justify-between gap-2">
        <h2 className="min-w-0 break-words text-sm font-semibold">{node.name}</h2>
        <Button
          variant="ghost"
          size="icon"
          className="-mr-1 -mt-1 size-7"
          aria-label="Close the node"
          onClick={onClose}
        >
          <X aria-hidden />
        </Button>
      </div>
      {node.description && <p className="text-[13px] text-soft">{node.description}</p>}
      <Facts>
        <Fact name="Status">
          {mark?.tone ? <ToneBadge tone={mark.tone}>{mark.words}</ToneBadge> : "not run"}
        </Fact>
        {node.tool && <Fact name="Tool">{node.tool}</Fact>}
        <Fact name="Visits">{steps.length}</Fact>
        <Fact name="Time in all">{mark?.note ?? "–"}</Fact>
        {last && <Fact name="Last visit">{spell(spentOnStep(last, now))}</Fact>}
      </Facts>
      {failed && (
        <div className="rounded-md bg-danger-soft px-3 py-2 text-[13px] text-danger">
          <p className="font-medium">
            Visit {failed.visit} {failed === last ? "failed" : "failed before"}
          </p>
          <p className="whitespace-pre-wrap break-words">{failed.message}</p>
        </div>
      )}
      {history?.update && (
        <div className="grid gap-1">
          <h3 className="flex flex-wrap justify-between gap-2 text-xs font-medium text-soft">
            Newest update
            <Timestamp time={history.update.time} />
          </h3>
          <JsonView
            value={valueOf(history.update.value)}
            label={`Newest update of ${node.name ?? ""}`}
            maxHeight="12rem"
          />
        </div>
      )}
      {steps.length > 0 && <Steps steps={steps} status={status} now={now} />}
    </section>
  );
}

function Steps({
  steps,
  status,
  now,
}: {
  steps: readonly NodeStep[];
  status: RunStatus | undefined;
  now: number;
}) {
  const [most, setMost] = useState(SHOWN_STEPS);
  const shown = steps.slice(-most).reverse();
  return (
    <div className="grid gap-1">
      <h3 className="text-xs font-medium text-soft">Visits, newest first</h3>
      <ol className="grid gap-1">
        {shown.map((step) => (
          <StepLine key={step.stepId} step={step} status={status} now={now} />
        ))}
      </ol>
      {steps.length > most && (
        <Button size="sm" onClick={() => setMost(most + 10 * SHOWN_STEPS)}>
          Show more of {steps.length}
        </Button>
      )}
    </div>
  );
}

function StepLine({
  step,
  status,
  now,
}: {
  step: NodeStep;
  status: RunStatus | undefined;
  now: number;
}) {
  const { tone, words } = standingOfStep(step, status);
  const several = step.attempts.length > 1 || (step.attempts[0]?.attempt ?? 1) > 1;
  return (
    <li className="grid gap-1 rounded border px-2 py-1.5 text-xs">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <span className="font-medium tabular-nums">Visit {step.visit}</span>
        <ToneBadge tone={tone} className="h-5">
          {words}
        </ToneBadge>
        <span className="ml-auto tabular-nums text-soft">{spell(spentOnStep(step, now))}</span>
      </div>
      {several ? (
        <ul className="grid gap-0.5">
          {step.attempts.map((each) => (
            <AttemptLine key={each.attempt} attempt={each} />
          ))}
        </ul>
      ) : (
        <p className="tabular-nums text-soft">{startOf(step.attempts[0])}</p>
      )}
    </li>
  );
}

function AttemptLine({ attempt }: { attempt: Attempt }) {
  return (
    <li className="text-soft">
      <span className="tabular-nums">
        Attempt {attempt.attempt} · {startOf(attempt)}
      </span>
      {attempt.message && <span className="block break-words">{attempt.message}</span>}
    </li>
  );
}

function startOf(attempt: Attempt | undefined): string {
  return attempt?.start ? `began ${clock(attempt.start)}` : "began before the events kept";
}
