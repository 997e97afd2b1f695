/** The states that a thread has had: each with what it changed, and a way to go on from there. */
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { GitFork, History, PencilLine } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";

import { useMay } from "@/api/identity";
import { changed, states, type ThreadState } from "@/api/threads";
import type { Thread } from "@/api/types";
import { goOn } from "@/components/chat/talk";
import { JsonView } from "@/components/JsonEditor";
import { More } from "@/components/More";
import { inWords } from "@/components/run/refusals";
import { Empty, Failed, Loading } from "@/components/states";
import { EditState } from "@/components/thread/EditState";
import { StateDiff } from "@/components/state/StateDiff";
import { StateFacts } from "@/components/thread/StateView";
import { Timestamp } from "@/components/Timestamp";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";
import { cn } from "@/lib/classes";
import { valueOf } from "@/lib/payload";
import { isRecord } from "@/lib/schema/resolve";

interface Props {
  thread: Thread;
  checkpoint: string | undefined;
  onCheckpoint: (checkpoint: string) => void;
  /** A run goes on from an earlier state. */
  onRun: () => void;
}

export function ThreadHistory({ thread, checkpoint, onCheckpoint, onRun }: Props) {
  const threadId = thread.threadId ?? "";
  const list = useInfiniteQuery({ ...states(threadId), enabled: Boolean(thread.graphId) });
  const all = list.data?.pages.flatMap((page) => page.states ?? []) ?? [];
  if (list.error && !list.data)
    return (
      <Failed error={list.error} what="load the history" onRetry={() => void list.refetch()} />
    );
  if (thread.graphId && list.isPending) return <Loading what="the history" />;
  if (!all.length)
    return (
      <Empty title="It has no history yet" icon={History}>
        Each step of a run leaves a state here.
      </Empty>
    );
  const chosen = all.find((each) => idOf(each) === checkpoint) ?? all[0];
  const parent = all.find((each) => idOf(each) === chosen?.parentCheckpoint?.checkpointId);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[19rem_minmax(0,1fr)]">
      <Card title="States, newest first" flush className="lg:max-h-[70dvh] lg:overflow-y-auto">
        <ol className="max-h-64 overflow-y-auto lg:max-h-none">
          {all.map((state) => (
            <li key={idOf(state)}>
              <StateButton
                state={state}
                now={state === chosen}
                onChoose={() => onCheckpoint(idOf(state))}
              />
            </li>
          ))}
        </ol>
        <More {...list} />
      </Card>
      {chosen && (
        <Chosen key={idOf(chosen)} thread={thread} state={chosen} parent={parent} onRun={onRun} />
      )}
    </div>
  );
}

function StateButton(props: { state: ThreadState; now: boolean; onChoose: () => void }) {
  const { state, now, onChoose } = props;
  const metadata = valueOf(state.metadata);
  const said = (name: string) => (isRecord(metadata) ? String(metadata[name] ?? "") : "");
  return (
    <button
      type="button"
      aria-current={now}
      onClick={onChoose}
      className={cn(
        "grid w-full grid-cols-[2.5rem_minmax(0,1fr)_auto] items-center gap-2 border-b px-4 py-2 text-left text-[13px] -outline-offset-2 hover:bg-sunken",
        now && "bg-brand-soft hover:bg-brand-soft",
      )}
    >
      <span className="tabular-nums text-soft">{said("step")}</span>
      <span className="min-w-0">
        <span className="block truncate">
          {state.nextNodes?.length ? `then ${state.nextNodes.join(", ")}` : "the end"}
        </span>
        <span className="block truncate text-xs text-soft">{said("source")}</span>
      </span>
      <span className="text-xs text-soft">
        <Timestamp time={state.createTime} />
      </span>
    </button>
  );
}

interface ChosenProps {
  thread: Thread;
  state: ThreadState;
  parent: ThreadState | undefined;
  onRun: () => void;
}

function Chosen({ thread, state, parent, onRun }: ChosenProps) {
  const may = useMay("run");
  const threadId = thread.threadId ?? "";
  const graphId = thread.graphId ?? "";
  const [all, setAll] = useState(false);
  const [editing, setEditing] = useState(false);
  const run = useMutation({
    mutationFn: () => goOn({ threadId, graphId, assistantId: undefined }, idOf(state)),
    onSuccess: () => {
      changed(threadId);
      onRun();
    },
    onError: (error) => toast.error(inWords(error)),
  });
  const busy = thread.status === "THREAD_STATUS_BUSY";
  const values = valueOf(state.values);
  return (
    <Card
      title="The state chosen"
      actions={
        may && (
          <span className="flex flex-wrap gap-2">
            <Button size="sm" disabled={busy} onClick={() => setEditing(true)}>
              <PencilLine aria-hidden />
              Change from here
            </Button>
            {Boolean(state.nextNodes?.length) && (
              <Button
                size="sm"
                variant="primary"
                disabled={run.isPending}
                onClick={() => run.mutate()}
              >
                <GitFork aria-hidden />
                Run from here
              </Button>
            )}
          </span>
        )
      }
    >
      <div className="grid min-w-0 gap-4">
        <StateFacts state={state} />
        <label className="flex w-fit items-center gap-2 text-[13px]">
          <input
            type="checkbox"
            className="size-4 accent-brand"
            checked={all || !parent}
            disabled={!parent}
            onChange={(event) => setAll(event.target.checked)}
          />
          All values, not only what changed
        </label>
        {parent && !all ? (
          <StateDiff before={valueOf(parent.values)} now={values} label="What changed" />
        ) : (
          <JsonView value={values} label="Values of the state" maxHeight="36rem" />
        )}
      </div>
      <Dialog open={editing} onOpenChange={setEditing} title="Change the state from here" wide>
        <EditState
          threadId={threadId}
          graphId={graphId}
          checkpointId={idOf(state)}
          onDone={() => setEditing(false)}
        />
      </Dialog>
    </Card>
  );
}

function idOf(state: ThreadState): string {
  return state.checkpoint?.checkpointId ?? "";
}
