/**
 * Workers and queues, as they are now.
 *
 * No watch tells of them: they are asked again when runs move, and every ten seconds while somebody
 * looks, as workers come and go without any run moving.
 */
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";

import { answer, api } from "@/api/client";
import { feed } from "@/api/feed";
import type { Message } from "@/api/types";

export type Worker = Message<"Worker">;
export type WorkerRun = Message<"WorkerRun">;
export type Queue = Message<"Queue">;

const PAGE_SIZE = 100;
const EVERY_MS = 10_000;
const AFTER_EVENTS_MS = 2_000;
const KEY = ["moving"];

export function useWorkers() {
  return useInfiniteQuery({
    queryKey: [...KEY, "workers"],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET("/v1/workers", {
          params: { query: { pageSize: PAGE_SIZE, pageToken: pageParam } },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
    refetchInterval: EVERY_MS,
  });
}

export function useQueues() {
  return useInfiniteQuery({
    queryKey: [...KEY, "queues"],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET("/v1/queues", { params: { query: { pageSize: PAGE_SIZE, pageToken: pageParam } } }),
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextPageToken || undefined,
    refetchInterval: EVERY_MS,
  });
}

/** Ask again some time after runs have moved; once for all that moved until then. */
export function useFreshWhenRunsMove(): void {
  const cache = useQueryClient();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const later = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        if (document.visibilityState === "visible") void cache.invalidateQueries({ queryKey: KEY });
      }, AFTER_EVENTS_MS);
    };
    const off = feed.listen({ events: later });
    return () => {
      off();
      clearTimeout(timer);
    };
  }, [cache]);
}
