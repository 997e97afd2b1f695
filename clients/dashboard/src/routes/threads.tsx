/** Threads: conversations and other states that runs share. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { MessagesSquare, Plus } from "lucide-react";
import { useState } from "react";

import { PROMPT, useFreshAsRunsMove } from "@/api/fresh";
import { useMay } from "@/api/identity";
import { listRequest, threads } from "@/api/threads";
import type { Thread } from "@/api/types";
import { More } from "@/components/More";
import { PageHeader } from "@/components/PageHeader";
import { Empty, Failed, Loading } from "@/components/states";
import { NewThread } from "@/components/thread/NewThread";
import { ThreadBadge } from "@/components/thread/ThreadBadge";
import { ThreadFilters } from "@/components/thread/ThreadFilters";
import { Timestamp } from "@/components/Timestamp";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { count } from "@/lib/numbers";
import { brief, valueOf } from "@/lib/payload";
import { useScreenCalls } from "@/lib/screen-call";
import { useShortcut } from "@/lib/shortcuts";
import { threadQuery } from "@/routes/threads.search";

const route = getRouteApi("/ui/threads");

export default function ThreadsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = threadQuery(search);
  const list = useInfiniteQuery(threads(query));
  const may = useMay("run");
  const [making, setMaking] = useState(false);
  useFreshAsRunsMove(["threads"], PROMPT);
  useShortcut("shift+t", "New thread", () => setMaking(true), may);
  useScreenCalls({
    rpc: "ThreadService.ListThreads",
    request: listRequest(query),
    cli: ["threads", "list"],
  });
  const rows = list.data?.pages.flatMap((page) => page.threads ?? []) ?? [];
  const total = Number(list.data?.pages[0]?.totalSize ?? 0);
  const narrowed = Boolean(search.status ?? search.graph ?? search.metadata);
  return (
    <>
      <PageHeader
        title="Threads"
        actions={
          may && (
            <Button variant="primary" onClick={() => setMaking(true)}>
              <Plus aria-hidden />
              New thread
            </Button>
          )
        }
      />
      <ThreadFilters
        search={search}
        onSearch={(next) => void navigate({ search: next, replace: true })}
      />
      <Card flush>
        {list.error && !list.data && (
          <Failed error={list.error} what="load the threads" onRetry={() => void list.refetch()} />
        )}
        {list.isPending && <Loading what="threads" />}
        {list.data && !rows.length && (
          <Empty
            title={narrowed ? "No thread matches" : "There are no threads yet"}
            icon={MessagesSquare}
          >
            {narrowed
              ? "Take a filter away to see others."
              : "A thread is made by a run that names one, by the LangGraph SDK, or here."}
          </Empty>
        )}
        {rows.length > 0 && (
          <ul>
            {rows.map((thread) => (
              <Row key={thread.threadId} thread={thread} />
            ))}
          </ul>
        )}
        <More {...list} />
      </Card>
      {rows.length > 0 && (
        <p className="text-[13px] text-soft">
          {count(rows.length)} of {count(total)}
        </p>
      )}
      <NewThread open={making} onOpenChange={setMaking} />
    </>
  );
}

function Row({ thread }: { thread: Thread }) {
  const metadata = valueOf(thread.metadata);
  const asks = thread.interrupts?.length ?? 0;
  return (
    <li className="relative grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-1 border-b px-4 py-2.5 last:border-b-0 hover:bg-sunken md:grid-cols-[7rem_minmax(0,2fr)_minmax(0,1fr)_minmax(0,2fr)_7rem]">
      <span className="order-2 md:order-none">
        <ThreadBadge status={thread.status} />
      </span>
      <Link
        to="/ui/threads/$threadId"
        params={{ threadId: thread.threadId ?? "" }}
        className="truncate font-mono text-[13px] outline-none after:absolute after:inset-0 focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus"
      >
        {thread.threadId}
      </Link>
      <span className="order-3 truncate text-sm md:order-none">
        {thread.graphId || <span className="text-soft">no graph yet</span>}
      </span>
      <span className="order-5 col-span-2 truncate text-[13px] text-soft md:order-none md:col-span-1">
        {thread.error ? (
          <span className="text-danger">{thread.error.message}</span>
        ) : asks ? (
          `asks ${asks} question${asks > 1 ? "s" : ""}`
        ) : (
          <span className="font-mono text-xs">{brief(metadata, 120)}</span>
        )}
      </span>
      <span className="order-4 text-right text-[13px] text-soft md:order-none">
        <Timestamp time={thread.updateTime} />
      </span>
    </li>
  );
}
