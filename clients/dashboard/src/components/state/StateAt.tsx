/** The state at a checkpoint: what changed there, and all of it. */
import { useQuery } from "@tanstack/react-query";
import { GitFork } from "lucide-react";
import { useState } from "react";

import { stateAt } from "@/api/checkpoints";
import { useMay } from "@/api/identity";
import type { Checkpoint, Run, RunState } from "@/api/types";
import { JsonView } from "@/components/JsonEditor";
import { changesOf, type Change, type Values } from "@/components/state/changes";
import { ForkDialog } from "@/components/state/ForkDialog";
import { StateDiff } from "@/components/state/StateDiff";
import { Failed, Loading } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Tab, TabList, TabPanel, Tabs } from "@/components/ui/tabs";
import { valueOf } from "@/lib/payload";
import { isRecord } from "@/lib/schema/resolve";

interface Props {
  run: Run;
  checkpoint: Checkpoint;
}

export function StateAt({ run, checkpoint }: Props) {
  const [forking, setForking] = useState(false);
  const may = useMay("run");
  const runId = run.runId ?? "";
  const id = checkpoint.checkpointId ?? "";
  const now = useQuery(stateAt(runId, id));
  const before = now.data?.checkpoint?.parentCheckpointId ?? "";
  const then = useQuery(stateAt(runId, before));
  if (now.error && !now.data)
    return <Failed error={now.error} what="load the state" onRetry={() => void now.refetch()} />;
  if (!now.data) return <Loading what="the state" rows={8} />;
  const values = valuesOf(now.data);
  const nodes = now.data.checkpoint?.nodes ?? [];
  const next = now.data.nextNodes ?? checkpoint.nextNodes ?? [];
  return (
    <Card
      title={`State after ${nodes.length ? nodes.join(", ") : "the input"}`}
      actions={
        may && (
          <Button
            size="sm"
            disabled={!next.length}
            title={next.length ? undefined : "Nothing follows this checkpoint: fork an earlier one"}
            onClick={() => setForking(true)}
          >
            <GitFork aria-hidden />
            Fork from here
          </Button>
        )
      }
    >
      <p className="mb-3 break-words text-[13px] text-soft">
        {next.length ? `Next: ${next.join(", ")}` : "Nothing follows: this is the end."}
      </p>
      <Tabs defaultValue="changes">
        <TabList aria-label="What to show of the state">
          <Tab value="changes">Changes</Tab>
          <Tab value="all">All of it</Tab>
        </TabList>
        <TabPanel value="changes">
          {before && !then.data ? (
            <Loading what="the state before" />
          ) : (
            <Changes before={before ? valuesOf(then.data) : {}} now={values} />
          )}
        </TabPanel>
        <TabPanel value="all">
          <JsonView value={values} label="State" maxHeight="60dvh" />
        </TabPanel>
      </Tabs>
      {forking && (
        <ForkDialog run={run} checkpointId={id} values={values} onClose={() => setForking(false)} />
      )}
    </Card>
  );
}

function valuesOf(state: RunState | undefined): Values {
  const values = valueOf(state?.values);
  return isRecord(values) ? values : {};
}

const SIGNS: Record<Change["what"], string> = { added: "+", changed: "~", removed: "−" };
const LOOKS: Record<Change["what"], string> = {
  added: "bg-succeeded-soft text-succeeded",
  changed: "bg-running-soft text-running",
  removed: "bg-failed-soft text-failed",
};

function Changes({ before, now }: { before: Values; now: Values }) {
  const changes = changesOf(before, now);
  if (!changes.length) return <p className="text-sm text-soft">Nothing changed.</p>;
  return (
    <div className="grid min-w-0 gap-3">
      <ul aria-label="Keys that changed" className="flex flex-wrap gap-1.5">
        {changes.map(({ key, what }) => (
          <li
            key={key}
            className={`max-w-full break-all rounded px-1.5 font-mono text-xs leading-5 ${LOOKS[what]}`}
          >
            <span aria-hidden>{SIGNS[what]} </span>
            <span className="sr-only">{what}: </span>
            {key}
          </li>
        ))}
      </ul>
      <StateDiff before={before} now={now} label="What changed in the state" />
    </div>
  );
}
