/** What server this is, where it listens, how fast it answers, and what its clock says. */
import { useQuery } from "@tanstack/react-query";

import { answer, api } from "@/api/client";
import { useMay } from "@/api/identity";
import type { Message } from "@/api/types";
import { useNow } from "@/lib/clock";

export type Server = Message<"Server">;

export interface Measured {
  server: Server;
  /** How long the call took. */
  latencyMs: number;
  /** How far the server's clock is ahead of this machine's; known to half of the latency. */
  aheadMs: number;
}

const FRESH_MS = 60_000;

/** Follow what one call told and how it went; `everyMs` asks again and again. */
export function useMeasuredServer(everyMs?: number) {
  return useQuery({
    queryKey: ["server"],
    enabled: useMay("read"),
    queryFn: measure,
    staleTime: FRESH_MS,
    refetchInterval: everyMs ?? false,
  });
}

/** The server; it changes when another version is started. */
export function useServer(): Server | undefined {
  return useMeasuredServer().data?.server;
}

/** Return the time at the server, to the second: by it are all times that it tells. */
export function useServerNow(): number {
  const now = useNow();
  return now + (useMeasuredServer().data?.aheadMs ?? 0);
}

async function measure(): Promise<Measured> {
  const began = performance.now();
  const server = (await answer(api.GET("/v1/server"))).server ?? {};
  const latencyMs = performance.now() - began;
  const there = server.serverTime ? Date.parse(server.serverTime) : Date.now();
  return { server, latencyMs, aheadMs: there - (Date.now() - latencyMs / 2) };
}
