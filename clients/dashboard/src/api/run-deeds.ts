/** What one does with a run. Nothing is shown as done before the server has said so. */
import { answer, api } from "@/api/client";
import { ApiError, CODE } from "@/api/errors";
import { queryClient } from "@/api/query";
import { runWatch } from "@/api/run-watch";
import { cancelRun as cancelled } from "@/api/runs";
import type { Message, Run, RunSpec } from "@/api/types";

export interface NewRun {
  spec: RunSpec;
  runId?: string;
  /** The same for every try of one submission: a double click makes one run. */
  requestId: string;
}

export async function createRun(asked: NewRun): Promise<Run> {
  const { run } = await answer(api.POST("/v1/runs", { body: asked }));
  return known(run);
}

export async function cancelRun(run: Run, reason: string): Promise<Run> {
  return told(known(await cancelled(idOf(run), reason)));
}

export async function resumeRun(
  run: Run,
  interruptId: string | undefined,
  value: unknown,
): Promise<Run> {
  const path = { run_id: idOf(run) };
  const body = { interruptId, answer: { json: value ?? null } };
  const { run: now } = await answer(
    api.POST("/v1/runs/{run_id}:resume", { params: { path }, body }),
  );
  return told(known(now));
}

export interface Fork {
  checkpointId: string;
  /** Only the keys that change. */
  update: Record<string, unknown>;
  requestId: string;
}

export async function forkRun(run: Run, fork: Fork): Promise<Run> {
  const path = { run_id: idOf(run) };
  const { update, ...asked } = fork;
  const changed = Object.keys(update).length > 0 ? { update: { json: update } } : {};
  const { run: made } = await answer(
    api.POST("/v1/runs/{run_id}:fork", { params: { path }, body: { ...asked, ...changed } }),
  );
  return known(made);
}

export async function deleteRun(run: Run): Promise<void> {
  const params = { path: { run_id: idOf(run) } };
  await answer(api.DELETE("/v1/runs/{run_id}", { params }));
  queryClient.removeQueries({ queryKey: ["run", idOf(run)] });
}

export async function getRun(runId: string): Promise<Run> {
  const params = { path: { run_id: runId } };
  return known((await answer(api.GET("/v1/runs/{run_id}", { params }))).run);
}

export async function explainRun(runId: string): Promise<Message<"Explanation">> {
  const params = { path: { run_id: runId } };
  return (await answer(api.GET("/v1/runs/{run_id}:explain", { params }))).explanation ?? {};
}

/** Return a UUID, also where the page is not served by https. */
export function newRequestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((each) => each.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Return what gives the same id as long as the request is the same: sent twice, it does one thing. */
export function steadyRequestId(): (request: unknown) => string {
  let last = "";
  let id = "";
  return (request) => {
    const text = JSON.stringify(request);
    if (text !== last) id = newRequestId();
    last = text;
    return id;
  };
}

export function idOf(run: Run): string {
  return run.runId ?? "";
}

function known(run: Run | undefined): Run {
  if (run) return run;
  throw new ApiError("The server answered without the run.", CODE.unavailable);
}

/** Have the run's views show what a call answered. */
function told(run: Run): Run {
  runWatch(idOf(run)).take(run);
  return run;
}
