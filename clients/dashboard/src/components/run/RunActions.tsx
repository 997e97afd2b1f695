/** What one can do with a run: only what its status and the caller's role allow. */
import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import {
  CircleSlash,
  Download,
  Ellipsis,
  GitFork,
  MessageCircleQuestion,
  PencilLine,
  RotateCw,
  Trash2,
} from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";

import { useMay } from "@/api/identity";
import { getRun, idOf, steadyRequestId } from "@/api/run-deeds";
import { repeatRun } from "@/api/runs";
import type { Run } from "@/api/types";
import { CancelDialog } from "@/components/run/CancelDialog";
import { DeleteDialog } from "@/components/run/DeleteDialog";
import { inWords } from "@/components/run/refusals";
import { RunInterrupts } from "@/components/run/RunInterrupts";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Menu, MenuItem } from "@/components/ui/menu";
import { download } from "@/lib/download";
import { pretty } from "@/lib/payload";
import { useShortcut } from "@/lib/shortcuts";
import { isCancellable, isTerminal } from "@/lib/status";

type Asked = "cancel" | "delete" | "answer" | null;

export function RunActions({ run }: { run: Run }) {
  const [asked, setAsked] = useState<Asked>(null);
  const may = useMay("run");
  const retry = useRetry(run);
  const save = useMutation({
    mutationFn: () => downloadRun(idOf(run)),
    onError: (error) => toast.error(inWords(error)),
  });
  const cancellable = may && isCancellable(run.status);
  const waits = may && run.status === "RUN_STATUS_INTERRUPTED";
  const terminal = isTerminal(run.status);
  useShortcut("c", "Cancel this run", () => setAsked("cancel"), cancellable);
  const shown = (which: Asked) => ({
    open: asked === which,
    onOpenChange: (open: boolean) => setAsked(open ? which : null),
  });
  return (
    <>
      {waits && (
        <Button size="sm" variant="primary" onClick={() => setAsked("answer")}>
          <MessageCircleQuestion aria-hidden />
          Answer
        </Button>
      )}
      {cancellable && (
        <Button size="sm" variant="danger" onClick={() => setAsked("cancel")}>
          <CircleSlash aria-hidden />
          Cancel
        </Button>
      )}
      {may && terminal && (
        <Button size="sm" disabled={retry.isPending} onClick={() => retry.mutate()}>
          <RotateCw aria-hidden />
          Retry
        </Button>
      )}
      <Menu
        trigger={
          <Button size="icon" className="size-8" aria-label="More to do with this run">
            <Ellipsis aria-hidden />
          </Button>
        }
      >
        {may && !terminal && (
          <MenuItem disabled={retry.isPending} onSelect={() => retry.mutate()}>
            <RotateCw aria-hidden /> Start the same again
          </MenuItem>
        )}
        {may && (
          <MenuItem asChild>
            <Link to="/ui/start" search={{ from: idOf(run) }}>
              <PencilLine aria-hidden /> Start with changes …
            </Link>
          </MenuItem>
        )}
        {may && (
          <MenuItem asChild>
            <Link to="/ui/runs/$runId" params={{ runId: idOf(run) }} search={{ tab: "state" }}>
              <GitFork aria-hidden /> Fork from a checkpoint …
            </Link>
          </MenuItem>
        )}
        <MenuItem onSelect={() => save.mutate()}>
          <Download aria-hidden /> Download as JSON
        </MenuItem>
        {may && terminal && (
          <MenuItem className="text-danger" onSelect={() => setAsked("delete")}>
            <Trash2 aria-hidden /> Delete …
          </MenuItem>
        )}
      </Menu>
      {cancellable && <CancelDialog run={run} {...shown("cancel")} />}
      {terminal && <DeleteDialog run={run} {...shown("delete")} />}
      <Dialog {...shown("answer")} open={asked === "answer" && waits} title="Answer" wide>
        <RunInterrupts run={run} />
      </Dialog>
    </>
  );
}

function useRetry(run: Run) {
  const navigate = useNavigate();
  const [idFor] = useState(steadyRequestId);
  return useMutation({
    mutationFn: () => repeatRun(idOf(run), idFor(run.runId)),
    onSuccess: (runId) => {
      toast.success("A new run of the same spec has started.");
      return navigate({ to: "/ui/runs/$runId", params: { runId } });
    },
    onError: (error) => toast.error(inWords(error)),
  });
}

async function downloadRun(runId: string): Promise<void> {
  const text = pretty(await getRun(runId));
  download(`run-${runId}.json`, new Blob([text], { type: "application/json" }));
}
