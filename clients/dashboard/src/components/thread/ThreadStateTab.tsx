/** The newest state of a thread. */
import { useQuery } from "@tanstack/react-query";
import { PencilLine, SquareStack } from "lucide-react";
import { useState } from "react";

import { useMay } from "@/api/identity";
import { newestState } from "@/api/threads";
import type { Thread } from "@/api/types";
import { PayloadView } from "@/components/PayloadView";
import { Empty, Failed, Loading } from "@/components/states";
import { EditState } from "@/components/thread/EditState";
import { StateFacts } from "@/components/thread/StateView";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Dialog } from "@/components/ui/dialog";

export function ThreadStateTab({ thread }: { thread: Thread }) {
  const threadId = thread.threadId ?? "";
  const may = useMay("run");
  const [editing, setEditing] = useState(false);
  const held = Boolean(thread.graphId);
  const { data, error, refetch } = useQuery({ ...newestState(threadId), enabled: held });
  if (!held)
    return (
      <Empty title="It has no state yet" icon={SquareStack}>
        Its first run says which graph's state it holds.
      </Empty>
    );
  if (error && !data)
    return <Failed error={error} what="load the state" onRetry={() => void refetch()} />;
  if (!data) return <Loading what="the state" />;
  const busy = thread.status === "THREAD_STATUS_BUSY";
  return (
    <div className="grid min-w-0 gap-4">
      <Card title="Where it stands">
        <StateFacts state={data} />
      </Card>
      <Card
        title="Values"
        actions={
          may && (
            <Button
              size="sm"
              disabled={busy}
              title={busy ? "A run of it goes on." : undefined}
              onClick={() => setEditing(true)}
            >
              <PencilLine aria-hidden />
              Change
            </Button>
          )
        }
      >
        <PayloadView payload={data.values} label="Values of the state" maxHeight="36rem" />
      </Card>
      <Dialog open={editing} onOpenChange={setEditing} title="Change the state" wide>
        <EditState
          threadId={threadId}
          graphId={thread.graphId ?? ""}
          onDone={() => setEditing(false)}
        />
      </Dialog>
    </div>
  );
}
