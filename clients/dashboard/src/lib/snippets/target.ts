/** Where the server is for whoever copies a call, and what a call shows there. */
import type { Server } from "@/api/server";

export interface Target {
  /** As a client of gRPC names it: `127.0.0.1:50051`, `unix:/path`. */
  grpc: string;
  /** Origin of HTTP: `http://127.0.0.1:8080`. */
  http: string;
  tls: boolean;
  /** Calls show a key; it is read from RUNWIRE_API_KEY, and never written out. */
  auth: boolean;
  /** The namespace that was chosen; empty for the caller's own. */
  namespace: string;
}

export const KEY_VARIABLE = "RUNWIRE_API_KEY";
export const NAMESPACE_HEADER = "x-runwire-namespace";
const DEFAULT_GRPC = "127.0.0.1:50051";
const LOCAL = /^(localhost|127(\.\d+){3}|\[?::1\]?)$/;

/** Return it for a page that was loaded from an address. */
export function targetOf(
  server: Server | undefined,
  page: { origin: string; hostname: string },
  session: { key: string; namespace: string },
): Target {
  return {
    grpc: reached(server?.grpcAddress || DEFAULT_GRPC, page.hostname),
    http: page.origin,
    tls: server?.tls ?? page.origin.startsWith("https:"),
    auth: server?.auth ?? session.key !== "",
    namespace: session.namespace,
  };
}

/** Whether nobody else can read what goes there. */
export function isLocal(grpc: string): boolean {
  return grpc.startsWith("unix:") || LOCAL.test(hostOf(grpc));
}

/** A server that listens everywhere tells its loopback: others reach it by the page's host. */
function reached(grpc: string, hostname: string): string {
  if (grpc.startsWith("unix:") || !isLocal(grpc) || LOCAL.test(hostname)) return grpc;
  return `${hostname}${grpc.slice(grpc.lastIndexOf(":"))}`;
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(":"));
}
