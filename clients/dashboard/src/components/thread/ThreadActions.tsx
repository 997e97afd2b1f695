/** What one can do with a thread as a whole. */
import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Copy, Ellipsis, PencilLine, Play, Timer, Trash2 } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";

import { useMay } from "@/api/identity";
import { copyThread, deleteThread } from "@/api/threads";
import type { Thread } from "@/api/types";
import { Refusal } from "@/components/run/Refusal";
import { inWords } from "@/components/run/refusals";
import { EditMetadata } from "@/components/thread/EditMetadata";
import { EditTtl } from "@/components/thread/EditTtl";
import { Button } from "@/components/ui/button";
import { Confirm, Dialog } from "@/components/ui/dialog";
import { Menu, MenuItem } from "@/components/ui/menu";

type Asked = "metadata" | "ttl" | "delete" | null;

export function ThreadActions({ thread }: { thread: Thread }) {
  const threadId = thread.threadId ?? "";
  const navigate = useNavigate();
  const may = useMay("run");
  const [asked, setAsked] = useState<Asked>(null);
  const copy = useMutation({
    mutationFn: () => copyThread(threadId),
    onSuccess: (made) => {
      toast.success("This is the copy: its runs stay with the original.");
      return navigate({ to: "/ui/threads/$threadId", params: { threadId: made.threadId ?? "" } });
    },
    onError: (error) => toast.error(inWords(error)),
  });
  const remove = useMutation({
    mutationFn: () => deleteThread(threadId),
    onSuccess: () => navigate({ to: "/ui/threads" }),
  });
  if (!may) return null;
  const shown = (which: Asked) => ({
    open: asked === which,
    onOpenChange: (open: boolean) => setAsked(open ? which : null),
  });
  return (
    <>
      <Button asChild size="sm">
        <Link to="/ui/start" search={{ thread: threadId, graph: thread.graphId || undefined }}>
          <Play aria-hidden />
          Start a run
        </Link>
      </Button>
      <Menu
        trigger={
          <Button size="icon" className="size-8" aria-label="More to do with this thread">
            <Ellipsis aria-hidden />
          </Button>
        }
      >
        <MenuItem disabled={copy.isPending} onSelect={() => copy.mutate()}>
          <Copy aria-hidden /> Copy the thread
        </MenuItem>
        <MenuItem onSelect={() => setAsked("metadata")}>
          <PencilLine aria-hidden /> Change metadata …
        </MenuItem>
        <MenuItem onSelect={() => setAsked("ttl")}>
          <Timer aria-hidden /> How long it is kept …
        </MenuItem>
        <MenuItem className="text-danger" onSelect={() => setAsked("delete")}>
          <Trash2 aria-hidden /> Delete …
        </MenuItem>
      </Menu>
      <Dialog
        {...shown("metadata")}
        title="Metadata"
        description="Keys are merged into those that are there."
      >
        <EditMetadata thread={thread} onDone={() => setAsked(null)} />
      </Dialog>
      <Dialog
        {...shown("ttl")}
        title="How long it is kept"
        description="Counted from its last change."
      >
        <EditTtl thread={thread} onDone={() => setAsked(null)} />
      </Dialog>
      <Confirm
        {...shown("delete")}
        title="Delete this thread?"
        description="Its state, its history and its runs go with it; a run that goes on ends. This cannot be undone."
        deed="Delete the thread"
        danger
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      >
        <Refusal error={remove.error} />
      </Confirm>
    </>
  );
}
