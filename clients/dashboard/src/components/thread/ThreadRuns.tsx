/** The runs of a thread, newest first. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { ListTree } from "lucide-react";

import { runsOf, threadRuns } from "@/api/threads";
import { More } from "@/components/More";
import { RunRows } from "@/components/thread/RunRows";
import { Empty, Failed, Loading } from "@/components/states";
import { Card } from "@/components/ui/card";

export function ThreadRuns({ threadId }: { threadId: string }) {
  const list = useInfiniteQuery(threadRuns(threadId));
  const runs = runsOf(list.data);
  if (list.error && !list.data)
    return <Failed error={list.error} what="load the runs" onRetry={() => void list.refetch()} />;
  if (list.isPending) return <Loading what="runs" />;
  return (
    <Card flush>
      {runs.length ? (
        <RunRows runs={runs} />
      ) : (
        <Empty title="It has no runs" icon={ListTree}>
          Say something in the chat, or start a run on it.
        </Empty>
      )}
      <More {...list} />
    </Card>
  );
}
