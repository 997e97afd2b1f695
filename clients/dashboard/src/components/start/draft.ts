/** A run that is being put together, as it is typed. */
import type { NewRun } from "@/api/run-deeds";
import type { Violation } from "@/api/errors";
import type { Run, RunSpec } from "@/api/types";

export interface Options {
  runId: string;
  /** A `key=value` on each line. */
  labels: string;
  queue: string;
  priority: string;
  timeout: string;
  startDelay: string;
  threadId: string;
  assistantId: string;
  concurrencyKey: string;
  concurrencyLimit: string;
}

export const NO_OPTIONS: Options = {
  runId: "",
  labels: "",
  queue: "",
  priority: "",
  timeout: "",
  startDelay: "",
  threadId: "",
  assistantId: "",
  concurrencyKey: "",
  concurrencyLimit: "",
};

/** Where each option stands in the request: what the server calls it when it refuses it. */
export const PATHS: Record<keyof Options, string> = {
  runId: "run_id",
  labels: "spec.labels",
  queue: "spec.queue",
  priority: "spec.priority",
  timeout: "spec.timeout",
  startDelay: "spec.start_delay",
  threadId: "spec.thread_id",
  assistantId: "spec.assistant_id",
  concurrencyKey: "spec.concurrency.key",
  concurrencyLimit: "spec.concurrency.limit",
};

const SECONDS: Record<string, number> = { "": 1, s: 1, m: 60, min: 60, h: 3600, d: 86_400 };

/** Return a span as "90", "90 s", "5m", "2h" or "1 d" in ProtoJSON; null if it is none. */
export function duration(typed: string): string | null {
  const found = /^(\d+(?:\.\d{1,9})?)\s*(s|m|min|h|d)?$/.exec(typed.trim());
  const size = SECONDS[found?.[2] ?? ""];
  if (!found || size === undefined) return null;
  return `${+(Number(found[1]) * size).toFixed(9)}s`;
}

/** Return labels by key; the lines that are none of `key=value` are told. */
export function labelsOf(typed: string): { labels: Record<string, string>; wrong: string[] } {
  const lines = typed.split("\n").map((line) => line.trim());
  const wrong = lines.filter((line) => line && !/^[^=]+=/.test(line));
  const pairs = lines
    .filter((line) => /^[^=]+=/.test(line))
    .map((line): [string, string] => {
      const at = line.indexOf("=");
      return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    });
  return { labels: Object.fromEntries(pairs), wrong };
}

export interface Drafted {
  asked: Omit<NewRun, "requestId">;
  faults: readonly Violation[];
}

/** Return the request that a draft makes, and what of it cannot be meant. */
export function drafted(graphId: string, input: unknown, options: Options): Drafted {
  const faults: Violation[] = [];
  const refuse = (name: keyof Options, description: string) =>
    faults.push({ field: PATHS[name], description });
  const span = (name: "timeout" | "startDelay") => {
    const found = options[name].trim() ? duration(options[name]) : undefined;
    if (found === null) refuse(name, "Write a time as 90 s, 5 m, 2 h or 1 d.");
    return found ?? undefined;
  };
  const whole = (name: "priority" | "concurrencyLimit") => {
    const typed = options[name].trim();
    if (typed && !/^-?\d+$/.test(typed)) refuse(name, "Write a whole number.");
    return typed && /^-?\d+$/.test(typed) ? Number(typed) : undefined;
  };
  const { labels, wrong } = labelsOf(options.labels);
  if (wrong.length) refuse("labels", `Write each as key=value: ${wrong.join(", ")}`);
  const key = options.concurrencyKey.trim();
  const limit = whole("concurrencyLimit");
  if (limit !== undefined && !key) refuse("concurrencyKey", "A limit needs a key.");
  const spec: RunSpec = {
    graphId,
    ...(input === undefined ? {} : { input: { json: input } }),
    ...given({
      labels: Object.keys(labels).length ? labels : undefined,
      queue: options.queue.trim(),
      priority: whole("priority"),
      timeout: span("timeout"),
      startDelay: span("startDelay"),
      threadId: options.threadId.trim(),
      assistantId: options.assistantId.trim(),
      concurrency: key ? { key, ...given({ limit }) } : undefined,
    }),
  };
  return { asked: { spec, ...given({ runId: options.runId.trim() }) }, faults };
}

/** Return the options of a run that another one begins with; its id and thread are its own. */
export function optionsOf(run: Run): Options {
  const spec = run.spec ?? {};
  return {
    ...NO_OPTIONS,
    labels: Object.entries(spec.labels ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join("\n"),
    queue: spec.queue ?? "",
    priority: spec.priority ? String(spec.priority) : "",
    timeout: spec.timeout ?? "",
    assistantId: spec.assistantId ?? "",
    concurrencyKey: spec.concurrency?.key ?? "",
    concurrencyLimit: spec.concurrency?.limit ? String(spec.concurrency.limit) : "",
  };
}

/** Return a record without what nobody gave. */
function given<T extends object>(record: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== undefined && value !== ""),
  ) as Partial<T>;
}
