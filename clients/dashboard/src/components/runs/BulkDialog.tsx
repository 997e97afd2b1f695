/** Asks before something is done to many runs, tells how far it is, and what could not be done. */
import { useEffect, useRef, useState } from "react";
import { toast } from "sonner";

import { cancelRun, repeatRun, RETRY_LABEL } from "@/api/runs";
import { forEach, type Progress } from "@/components/runs/bulk";
import { Button } from "@/components/ui/button";
import { Confirm, Dialog } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/input";
import { count } from "@/lib/numbers";

export type Deed = "cancel" | "retry";

interface Props {
  deed: Deed;
  /** The runs that it can be done to. */
  ids: readonly string[];
  /** Runs that are selected, too, and that it does nothing to. */
  others: number;
  onClose: (done: boolean) => void;
}

const AT_ONCE = 6;

export function BulkDialog({ deed, ids, others, onClose }: Props) {
  const [reason, setReason] = useState("");
  const [progress, setProgress] = useState<Progress | null>(null);
  const [over, setOver] = useState(false);
  const stop = useRef<AbortController | null>(null);
  useEffect(() => () => stop.current?.abort(), []);

  const go = async () => {
    const control = new AbortController();
    stop.current = control;
    setProgress({ done: 0, of: ids.length, failures: [] });
    const act = (id: string) =>
      deed === "cancel" ? cancelRun(id, reason.trim()) : repeatRun(id, crypto.randomUUID());
    const end = await forEach(ids, AT_ONCE, act, setProgress, control.signal);
    setOver(true);
    const good = end.done - end.failures.length;
    if (good)
      toast.success(deed === "cancel" ? `Cancelled ${runs(good)}` : `Started ${runs(good)}`);
    if (!end.failures.length) onClose(true);
  };

  if (progress)
    return (
      <Dialog
        open
        onOpenChange={() => onClose(progress.done > 0)}
        title={deed === "cancel" ? "Cancelling" : "Starting again"}
      >
        <Doing progress={progress} over={over} onClose={() => onClose(true)} />
      </Dialog>
    );
  const left = others
    ? ` ${runs(others)} of the selection ${others === 1 ? "is" : "are"} left out.`
    : "";
  if (deed === "retry")
    return (
      <Confirm
        open
        onOpenChange={() => onClose(false)}
        title={`Run ${ids.length === 1 ? "this" : `these ${count(ids.length)}`} again?`}
        description={`A new run is started for each, with the same graph, input and labels; its label ${RETRY_LABEL} names the run it repeats.${left}`}
        deed={`Start ${runs(ids.length)}`}
        onConfirm={() => void go()}
      />
    );
  return (
    <Confirm
      open
      onOpenChange={() => onClose(false)}
      title={`Cancel ${runs(ids.length)}?`}
      description={`What ${ids.length === 1 ? "it has" : "they have"} done so far stays; ${ids.length === 1 ? "it ends" : "they end"} cancelled.${left}`}
      deed={`Cancel ${runs(ids.length)}`}
      danger
      onConfirm={() => void go()}
    >
      <Field label="Reason" name="cancel-reason" hint="Shown in the events of each run.">
        <Input
          id="cancel-reason"
          aria-describedby="cancel-reason-note"
          maxLength={200}
          value={reason}
          onChange={({ target }) => setReason(target.value)}
        />
      </Field>
    </Confirm>
  );
}

interface DoingProps {
  progress: Progress;
  over: boolean;
  onClose: () => void;
}

function Doing({ progress: { done, of, failures }, over, onClose }: DoingProps) {
  return (
    <div className="grid gap-3">
      <progress className="w-full accent-brand" aria-label="Done" value={done} max={of} />
      <p role="status" className="text-sm tabular-nums">
        {count(done)} of {count(of)}
        {failures.length > 0 && `, ${count(failures.length)} could not be done`}
      </p>
      {failures.length > 0 && (
        <ul className="grid max-h-60 gap-1 overflow-auto text-[13px]" tabIndex={0}>
          {failures.map(({ id, message }) => (
            <li key={id}>
              <span className="font-mono">{id}</span>:{" "}
              <span className="text-danger">{message}</span>
            </li>
          ))}
        </ul>
      )}
      <div className="flex justify-end">
        <Button onClick={onClose}>{over ? "Close" : "Stop here"}</Button>
      </div>
    </div>
  );
}

function runs(number: number): string {
  return number === 1 ? "1 run" : `${count(number)} runs`;
}
