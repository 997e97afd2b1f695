/** Deletes ended runs: first it shows what would go, then it goes, with progress. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { toast } from "sonner";

import { asApiError } from "@/api/errors";
import { previewed, prune, type PrunedRuns, type PruneRequest } from "@/api/storage";
import { Meter } from "@/components/Meter";
import { PruneFields, type PruneChoice } from "@/components/storage/PruneFields";
import { Timestamp } from "@/components/Timestamp";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Table, Td, Th } from "@/components/ui/table";
import { bytes, count } from "@/lib/numbers";
import { added, durationOf, type Gone } from "@/lib/storage";

const NOTHING: Gone = { runs: 0, bytes: 0 };

export function Prune({ graphs }: { graphs: readonly string[] }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <Trash2 aria-hidden />
        Delete ended runs…
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title="Delete ended runs"
        description="With their events, checkpoints and artifacts. Runs that have not ended stay."
      >
        <Pruning graphs={graphs} onDone={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function Pruning({ graphs, onDone }: { graphs: readonly string[]; onDone: () => void }) {
  const [choice, setChoice] = useState<PruneChoice>({
    graph: "",
    policy: true,
    amount: "30",
    unit: "days",
  });
  const cache = useQueryClient();
  const preview = useMutation({ mutationFn: previewed });
  const [gone, setGone] = useState(NOTHING);
  const stop = useRef(new AbortController());
  const deed = useMutation({
    mutationFn: (request: PruneRequest) => prune(request, setGone, stop.current.signal),
    onSuccess: () => {
      toast.success(stop.current.signal.aborted ? "Stopped" : "What was to go has gone");
      onDone();
    },
    onSettled: () => void cache.invalidateQueries(),
  });
  useEffect(() => () => stop.current.abort(), []);
  const request = requestOf(choice);
  const change = (next: PruneChoice) => {
    setChoice(next);
    preview.reset();
  };
  const look = (event: FormEvent) => {
    event.preventDefault();
    if (request) preview.mutate(request);
  };
  const begin = () => {
    stop.current = new AbortController();
    setGone(NOTHING);
    if (request) deed.mutate(request);
  };
  const failure = deed.error ?? preview.error;
  return (
    <form onSubmit={look} className="grid gap-4">
      <PruneFields choice={choice} graphs={graphs} onChange={change} disabled={deed.isPending} />
      {failure && (
        <p role="alert" className="text-sm text-danger">
          {asApiError(failure).message}
        </p>
      )}
      {preview.data && <Preview graphs={preview.data} />}
      {deed.isPending && <Progress gone={gone} whole={added(NOTHING, preview.data ?? [])} />}
      <div className="flex justify-end gap-2">
        {deed.isPending ? (
          <Button onClick={() => stop.current.abort()}>Stop</Button>
        ) : preview.data?.length ? (
          <Button variant="danger" onClick={begin}>
            Delete {count(added(NOTHING, preview.data).runs)} runs
          </Button>
        ) : (
          <Button variant="primary" type="submit" disabled={!request || preview.isPending}>
            {preview.isPending ? "Looking…" : "See what would go"}
          </Button>
        )}
      </div>
    </form>
  );
}

function requestOf({ graph, policy, amount, unit }: PruneChoice): PruneRequest | null {
  const olderThan = policy ? undefined : durationOf(amount, unit);
  if (!policy && !olderThan) return null;
  return { ...(graph ? { graphId: graph } : {}), ...(olderThan ? { olderThan } : {}) };
}

function Preview({ graphs }: { graphs: readonly PrunedRuns[] }) {
  if (!graphs.length) return <p className="text-sm text-soft">Nothing would go.</p>;
  return (
    <Table label="What would go">
      <thead>
        <tr>
          <Th>Graph</Th>
          <Th className="text-right">Runs</Th>
          <Th className="text-right">Frees</Th>
          <Th>Ended</Th>
        </tr>
      </thead>
      <tbody>
        {graphs.map((each) => (
          <tr key={each.graphId}>
            <Td className="font-medium">{each.graphId}</Td>
            <Td className="text-right tabular-nums">{count(each.runs)}</Td>
            <Td className="whitespace-nowrap text-right tabular-nums">
              {bytes(added(NOTHING, [each]).bytes)}
            </Td>
            <Td className="text-xs text-soft">
              <Timestamp time={each.oldestEndTime} /> to <Timestamp time={each.newestEndTime} />
            </Td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}

function Progress({ gone, whole }: { gone: Gone; whole: Gone }) {
  const words = `${count(gone.runs)} of ${count(whole.runs)} runs have gone, ${bytes(gone.bytes)}`;
  return (
    <div role="status" className="grid gap-1.5">
      <p className="text-sm">{words}</p>
      <Meter
        label={words}
        of={whole.runs}
        parts={[{ name: "gone", tone: "brand", value: gone.runs }]}
      />
    </div>
  );
}
