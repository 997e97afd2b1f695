/** Calls of the API: typed by the OpenAPI document, signed by the session, errors thrown. */
import createClient from "openapi-fetch";

import { connection } from "@/api/connection";
import { ApiError, CODE, errorOf } from "@/api/errors";
import type { paths } from "@/api/gen/schema";
import { refuse, session } from "@/api/session";
import type { Identity, Status } from "@/api/types";

const UNAUTHORIZED = 401;

/** `api.GET("/v1/runs/{runId}", …)`; give the promise to `answer`. */
export const api = createClient<paths>({
  baseUrl: typeof location === "undefined" ? "" : location.origin,
  fetch: (request) => send(request),
});

/** Return what a call answered; throw the ApiError that it failed with. */
export async function answer<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await call.catch(brokenOff);
  if (response.ok) return data as T;
  throw errorOf(error as Status, `the server answered ${response.status}`);
}

/** A server that goes away in the middle of an answer may give it later. */
function brokenOff(thrown: unknown): never {
  if (!(thrown instanceof TypeError)) throw thrown;
  connection.missed();
  throw new ApiError("The server went away while it answered.", CODE.unavailable);
}

/** Fetch with the session's key: for content that is not JSON. */
export async function send(request: Request): Promise<Response> {
  const { key, namespace } = session();
  if (key) request.headers.set("Authorization", bearer(key));
  if (namespace) request.headers.set("X-Runwire-Namespace", namespace);
  try {
    const response = await fetch(request);
    connection.reached();
    if (response.status === UNAUTHORIZED) await letGo(request, response);
    return response;
  } catch (thrown) {
    if (request.signal.aborted) throw thrown;
    connection.missed();
    throw new ApiError("The server cannot be reached. It is tried again.", CODE.unavailable);
  }
}

/** Call as somebody who has not signed in yet: whether the server takes a key. */
export async function identityOf(key: string): Promise<Identity> {
  const headers = { Authorization: bearer(key) };
  return (await answer(api.GET("/v1/identity", { headers }))).identity ?? {};
}

/** End the session that a refused call was made in; a late answer to an earlier one ends nothing. */
async function letGo(request: Request, response: Response): Promise<void> {
  const { key } = session();
  if ((request.headers.get("Authorization") ?? "") !== (key ? bearer(key) : "")) return;
  const said = (await response.clone().json()) as Status;
  refuse(errorOf(said, "the server asks who calls"));
}

function bearer(key: string): string {
  return `Bearer ${key}`;
}

/** Return content of the API as it is, or throw the ApiError. */
export async function content(path: string, signal?: AbortSignal): Promise<Response> {
  const response = await send(new Request(new URL(path, location.origin), { signal }));
  if (response.ok) return response;
  const said = (await response.json().catch(() => undefined)) as Status | undefined;
  throw errorOf(said, `the server answered ${response.status}`);
}
