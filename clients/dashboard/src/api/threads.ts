/** Threads: the state that runs of LangGraph graphs share, and what one does with it. */
import { infiniteQueryOptions, queryOptions, type InfiniteData } from "@tanstack/react-query";

import { answer, api } from "@/api/client";
import { queryClient } from "@/api/query";
import type { Message, Run, Thread } from "@/api/types";

export type ThreadStatus = Message<"ThreadStatus">;
export type ThreadState = Message<"ThreadState">;
export type ThreadTtl = Message<"ThreadTtl">;

export const THREADS_PAGE = 50;
const STATES_PAGE = 20;
const RUNS_PAGE = 50;

/** What narrows and orders a list of threads. */
export interface ThreadQuery {
  status?: ThreadStatus;
  graphId?: string;
  /** What their metadata hold. */
  metadata?: Record<string, unknown>;
  orderBy?: string;
}

/** Return the request of ListThreads, without its page. */
export function listRequest({ metadata, ...rest }: ThreadQuery) {
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value));
  return {
    ...given,
    ...(metadata ? { metadata: { json: metadata } } : {}),
    pageSize: THREADS_PAGE,
  };
}

export function threads(query: ThreadQuery) {
  return infiniteQueryOptions({
    queryKey: ["threads", query],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.POST("/v1/threads:search", {
          body: { ...listRequest(query), pageToken: pageParam },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.nextPageToken || undefined,
    placeholderData: (before) => before,
  });
}

/** A thread with its values; `as` names what of its run is known, so that it is read again for more. */
export function threadWhole(threadId: string, as = "") {
  return queryOptions({
    queryKey: ["thread", threadId, "whole", as],
    queryFn: async ({ signal }): Promise<Thread> => {
      const params = { path: { thread_id: threadId } };
      return (await answer(api.GET("/v1/threads/{thread_id}", { params, signal }))).thread ?? {};
    },
    placeholderData: (before) => before,
  });
}

/** The newest state, with what comes next. */
export function newestState(threadId: string) {
  return queryOptions({
    queryKey: ["thread", threadId, "state"],
    queryFn: async ({ signal }): Promise<ThreadState> => {
      const params = { path: { thread_id: threadId } };
      const call = api.GET("/v1/threads/{thread_id}/state", { params, signal });
      return (await answer(call)).state ?? {};
    },
  });
}

/** The states that it has had, newest first. */
export function states(threadId: string) {
  return infiniteQueryOptions({
    queryKey: ["thread", threadId, "states"],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) => statesPage(threadId, pageParam, signal),
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });
}

export function statesPage(threadId: string, pageToken: string, signal?: AbortSignal) {
  const params = {
    path: { thread_id: threadId },
    query: { pageSize: STATES_PAGE, ...(pageToken ? { pageToken } : {}) },
  };
  return answer(api.GET("/v1/threads/{thread_id}/states", { params, signal }));
}

/** Its runs, newest first, without inputs and outputs. */
export function threadRuns(threadId: string) {
  return infiniteQueryOptions({
    queryKey: ["thread", threadId, "runs"],
    initialPageParam: "",
    queryFn: ({ pageParam, signal }) => {
      const query = { threadId, pageSize: RUNS_PAGE, ...(pageParam && { pageToken: pageParam }) };
      return answer(api.GET("/v1/runs", { params: { query }, signal }));
    },
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });
}

export function runsOf(pages: InfiniteData<{ runs?: Run[] }> | undefined): readonly Run[] {
  return pages?.pages.flatMap((page) => page.runs ?? []) ?? [];
}

export interface NewThread {
  threadId?: string;
  graphId?: string;
  metadata?: Record<string, unknown>;
  ttl?: ThreadTtl;
}

export async function createThread({ metadata, ...rest }: NewThread): Promise<Thread> {
  const body = { ...rest, ...(metadata ? { metadata: { json: metadata } } : {}) };
  const { thread = {} } = await answer(api.POST("/v1/threads", { body }));
  changed(thread.threadId ?? "");
  return thread;
}

export async function copyThread(threadId: string): Promise<Thread> {
  const params = { path: { thread_id: threadId } };
  const { thread = {} } = await answer(
    api.POST("/v1/threads/{thread_id}:copy", { params, body: {} }),
  );
  changed(thread.threadId ?? "");
  return thread;
}

export async function deleteThread(threadId: string): Promise<void> {
  const params = { path: { thread_id: threadId } };
  await answer(api.DELETE("/v1/threads/{thread_id}", { params }));
  queryClient.removeQueries({ queryKey: ["thread", threadId] });
  void queryClient.invalidateQueries({ queryKey: ["threads"] });
}

export async function setMetadata(
  threadId: string,
  metadata: Record<string, unknown>,
): Promise<void> {
  const params = { path: { thread_id: threadId } };
  const body = { metadata: { json: metadata }, updateMask: "metadata" };
  await answer(api.PATCH("/v1/threads/{thread_id}", { params, body }));
  changed(threadId);
}

export async function setTtl(threadId: string, ttl: ThreadTtl | undefined): Promise<void> {
  const params = { path: { thread_id: threadId } };
  const body = { ...(ttl ? { ttl } : {}), updateMask: "ttl" };
  await answer(api.PATCH("/v1/threads/{thread_id}", { params, body }));
  changed(threadId);
}

export interface StateChange {
  values: unknown;
  asNode: string;
  /** Where to go on from; the newest checkpoint if empty. */
  checkpointId: string;
}

export async function changeState(threadId: string, change: StateChange): Promise<void> {
  const { values, asNode, checkpointId } = change;
  const params = { path: { thread_id: threadId } };
  const body = {
    values: { json: values },
    ...(asNode ? { asNode } : {}),
    ...(checkpointId ? { checkpoint: { checkpointId } } : {}),
  };
  await answer(api.POST("/v1/threads/{thread_id}/state", { params, body }));
  changed(threadId);
}

/** Have all that shows a thread read it again. */
export function changed(threadId: string): void {
  void queryClient.invalidateQueries({ queryKey: ["thread", threadId] });
  void queryClient.invalidateQueries({ queryKey: ["threads"] });
}
