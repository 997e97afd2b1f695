/** A thread: its conversation, its state, its history and its runs. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { History, ListTree, MessagesSquare, SquareStack } from "lucide-react";
import { useMemo } from "react";

import { runsOf, threadRuns, threadWhole } from "@/api/threads";
import type { Thread } from "@/api/types";
import { rawMessages } from "@/components/chat/messages";
import { CopyButton } from "@/components/CopyButton";
import { PageHeader } from "@/components/PageHeader";
import { Failed, Loading } from "@/components/states";
import { ChatTab } from "@/components/thread/ChatTab";
import { ThreadActions } from "@/components/thread/ThreadActions";
import { ThreadBadge } from "@/components/thread/ThreadBadge";
import { ThreadHistory } from "@/components/thread/ThreadHistory";
import { ThreadRuns } from "@/components/thread/ThreadRuns";
import { ThreadStateTab } from "@/components/thread/ThreadStateTab";
import { useThreadFeed } from "@/components/thread/use-thread-feed";
import { Timestamp } from "@/components/Timestamp";
import { Tab, TabList, TabPanel, Tabs } from "@/components/ui/tabs";
import { brief, valueOf } from "@/lib/payload";
import { useScreenCalls } from "@/lib/screen-call";
import { useShortcut } from "@/lib/shortcuts";
import { spell, milliseconds } from "@/lib/time";
import { THREAD_TABS, type ThreadTab } from "@/routes/thread.search";

const route = getRouteApi("/ui/threads/$threadId");
const LINK = "rounded text-brand underline-offset-2 hover:underline";

export default function ThreadPage() {
  const { threadId } = route.useParams();
  const { data, error, refetch } = useQuery(threadWhole(threadId));
  const runs = useInfiniteQuery(threadRuns(threadId)).data;
  const known = useMemo(() => new Set(runsOf(runs).map((run) => run.runId ?? "")), [runs]);
  useThreadFeed(threadId, known);
  // The id is the page's: what is kept from another thread while this one loads is not shown.
  const thread = data?.threadId === threadId ? data : undefined;
  if (!thread)
    return (
      <>
        <PageHeader title={threadId} mono above={<Above />} />
        {error ? (
          <Failed error={error} what="load the thread" onRetry={() => void refetch()} />
        ) : (
          <Loading what="the thread" />
        )}
      </>
    );
  return <Whole key={threadId} thread={thread} />;
}

function Whole({ thread }: { thread: Thread }) {
  const threadId = thread.threadId ?? "";
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const tab = search.tab ?? first(thread);
  const open = (next: ThreadTab) => void navigate({ search: { tab: next }, replace: true });
  useShortcut("c", "Show the chat", () => open("chat"));
  useShortcut("s", "Show the state", () => open("state"));
  useShortcut("h", "Show the history", () => open("history"));
  useShortcut("u", "Show the runs", () => open("runs"));
  useCalls(tab, threadId);
  return (
    <>
      <PageHeader
        title={threadId}
        mono
        above={<Above />}
        beside={
          <>
            <CopyButton text={threadId} what="the thread's id" />
            <ThreadBadge status={thread.status} />
          </>
        }
        actions={<ThreadActions thread={thread} />}
      />
      <ThreadFacts thread={thread} />
      <Tabs
        value={tab}
        onValueChange={(next) => open(THREAD_TABS.find((each) => each === next) ?? "chat")}
      >
        <TabList aria-label="Parts of the thread">
          <Tab value="chat">
            <MessagesSquare aria-hidden /> Chat
          </Tab>
          <Tab value="state">
            <SquareStack aria-hidden /> State
          </Tab>
          <Tab value="history">
            <History aria-hidden /> History
          </Tab>
          <Tab value="runs">
            <ListTree aria-hidden /> Runs
          </Tab>
        </TabList>
        <TabPanel value="chat">
          <ChatTab thread={thread} />
        </TabPanel>
        <TabPanel value="state">
          <ThreadStateTab thread={thread} />
        </TabPanel>
        <TabPanel value="history">
          <ThreadHistory
            thread={thread}
            checkpoint={search.checkpoint}
            onCheckpoint={(checkpoint) =>
              void navigate({
                search: { tab: "history", checkpoint },
                replace: true,
                resetScroll: false,
              })
            }
            onRun={() => open(first(thread))}
          />
        </TabPanel>
        <TabPanel value="runs">
          <ThreadRuns threadId={threadId} />
        </TabPanel>
      </Tabs>
    </>
  );
}

/** A conversation where there is one, or where there may be one yet; otherwise the state. */
function first(thread: Thread): ThreadTab {
  const values = valueOf(thread.values);
  return !values || rawMessages(values) ? "chat" : "state";
}

function Above() {
  return (
    <Link to="/ui/threads" className={LINK}>
      Threads
    </Link>
  );
}

function ThreadFacts({ thread }: { thread: Thread }) {
  const metadata = valueOf(thread.metadata);
  const ttl = thread.ttl?.duration;
  return (
    <dl className="flex flex-wrap gap-x-6 gap-y-2 text-[13px]">
      <Fact name="Graph">
        {thread.graphId ? (
          <Link to="/ui/graphs/$graphId" params={{ graphId: thread.graphId }} className={LINK}>
            {thread.graphId}
          </Link>
        ) : (
          "none yet"
        )}
      </Fact>
      <Fact name="Created">
        <Timestamp time={thread.createTime} />
      </Fact>
      <Fact name="Changed">
        <Timestamp time={thread.updateTime} />
      </Fact>
      {ttl && (
        <Fact name="Kept for">
          {spell(milliseconds(ttl))}, until <Timestamp time={thread.expireTime} />
        </Fact>
      )}
      <Fact name="Metadata">
        <span className="block max-w-96 truncate font-mono text-xs" title={brief(metadata, 1000)}>
          {brief(metadata ?? {}, 120)}
        </span>
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-soft">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function useCalls(tab: ThreadTab, threadId: string): void {
  const get = {
    rpc: "ThreadService.GetThread",
    request: { threadId },
    cli: ["threads", "get", threadId],
  };
  const more = {
    chat: { rpc: "ThreadService.WatchThread", request: { threadId } },
    state: { rpc: "ThreadService.GetThreadState", request: { threadId } },
    history: { rpc: "ThreadService.ListThreadStates", request: { threadId } },
    runs: {
      rpc: "RunService.ListRuns",
      request: { threadId },
      cli: ["runs", "list", "--thread-id", threadId],
    },
  };
  useScreenCalls(...(tab === "chat" ? [get, more.chat] : [more[tab], get]));
}
