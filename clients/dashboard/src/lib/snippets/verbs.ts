/** Which verb of the Python client makes a call, and what its fields are called there. */

/** How a field of a request is spelled as an argument. */
export type Spelling = "value" | "payload" | "seconds" | "statuses" | "role" | "full";

export interface Verb {
  /** `runs.list`. */
  call: string;
  /** What an iterator yields; unset for one answer. */
  each?: string;
  /** Argument, and how it is spelled, by the path of a field; none stands in a call without it. */
  fields: Record<string, readonly [string, Spelling] | null>;
}

type Fields = Verb["fields"];

const named = (...names: string[]): Fields =>
  Object.fromEntries(names.map((name) => [name, [snake(name), "value"]] as const));
const PAGE: Fields = { payloadFormat: null, ...named("pageSize") };
const one = (call: string, ...names: string[]): Verb => ({
  call,
  fields: { payloadFormat: null, ...named(...names) },
});
const list = (call: string, each: string, fields: Fields = {}): Verb => ({
  call,
  each,
  fields: { ...PAGE, ...fields },
});

const SPEC: Fields = {
  "spec.graphId": ["graph_id", "value"],
  "spec.input": ["input", "payload"],
  "spec.labels": ["labels", "value"],
  "spec.threadId": ["thread_id", "value"],
  "spec.priority": ["priority", "value"],
  "spec.queue": ["queue", "value"],
  "spec.assistantId": ["assistant_id", "value"],
  "spec.concurrencyKey": ["concurrency_key", "value"],
  "spec.concurrencyLimit": ["concurrency_limit", "value"],
  "spec.startDelay": ["start_delay_seconds", "seconds"],
  ...named("runId", "requestId"),
};

const FULL: Fields = { view: ["full", "full"] };

export const VERBS: Record<string, Verb> = {
  "RunService.ListRuns": list("runs.list", "run", {
    ...named("threadId", "filter", "orderBy"),
    ...FULL,
    statuses: ["statuses", "statuses"],
  }),
  "RunService.GetRun": { call: "runs.get", fields: { ...named("runId"), view: null } },
  "RunService.CreateRun": { call: "runs.create", fields: { ...SPEC, payloadFormat: null } },
  "RunService.WaitRun": { call: "runs.wait", fields: named("runId") },
  "RunService.CancelRun": one("runs.cancel", "runId", "reason", "etag"),
  "RunService.ResumeRun": {
    call: "runs.resume",
    fields: { ...named("runId", "interruptId", "etag"), answer: ["answer", "payload"] },
  },
  "RunService.ForkRun": {
    call: "runs.fork",
    fields: {
      ...named("runId", "checkpointId", "newRunId", "labels"),
      update: ["update", "payload"],
    },
  },
  "RunService.DeleteRun": one("runs.delete", "runId", "etag"),
  "RunService.ExplainRun": one("runs.explain", "runId"),
  "RunService.GetRunState": one("runs.state", "runId", "checkpointId"),
  "RunService.ListSteps": list("runs.steps", "step", named("runId")),
  "RunService.ListCheckpoints": list("runs.checkpoints", "checkpoint", named("runId")),
  "RunService.WatchRun": {
    call: "runs.watch",
    each: "event",
    fields: { ...named("runId", "fromSequence"), ...beat() },
  },
  "RunService.WatchRuns": {
    call: "runs.watch_all",
    each: "event",
    fields: { ...named("filter", "resumeToken"), ...beat() },
  },
  "ThreadService.GetThread": one("threads.get", "threadId"),
  "ThreadService.ListThreads": list("threads.list", "thread", {
    ...named("graphId", "threadIds", "orderBy"),
    metadata: ["metadata", "payload"],
    ...FULL,
  }),
  "ThreadService.DeleteThread": one("threads.delete", "threadId"),
  "ThreadService.CopyThread": one("threads.copy", "threadId"),
  "ThreadService.GetThreadState": one("threads.state", "threadId", "subgraphs"),
  "ThreadService.ListThreadStates": list("threads.history", "state", named("threadId")),
  "AssistantService.GetAssistant": one("assistants.get", "assistantId"),
  "AssistantService.ListAssistants": list("assistants.list", "assistant", named("graphId")),
  "AssistantService.GetAssistantGraph": one("assistants.graph", "assistantId", "depth"),
  "AssistantService.GetAssistantSchemas": one("assistants.schemas", "assistantId"),
  "ArtifactService.GetArtifact": one("artifacts.get", "artifactId"),
  "ArtifactService.ListArtifacts": list("artifacts.list", "artifact", named("runId")),
  "ArtifactService.DeleteArtifact": one("artifacts.delete", "artifactId"),
  "ArtifactService.DownloadArtifact": one("artifacts.download_bytes", "artifactId"),
  "GraphService.GetGraph": one("graphs.get", "graphId", "version"),
  "GraphService.ListGraphs": list("graphs.list", "graph"),
  "GraphService.ListTools": list("graphs.tools", "tool"),
  "GraphService.DeleteGraph": one("graphs.delete", "graphId"),
  "GraphService.CreateGraph": {
    call: "graphs.create",
    fields: { definition: ["definition", "payload"], ...named("validateOnly") },
  },
  "ScheduleService.GetSchedule": one("schedules.get", "scheduleId"),
  "ScheduleService.ListSchedules": list("schedules.list", "schedule"),
  "ScheduleService.PauseSchedule": one("schedules.pause", "scheduleId", "reason"),
  "ScheduleService.UnpauseSchedule": one("schedules.unpause", "scheduleId"),
  "ScheduleService.TriggerSchedule": one("schedules.trigger", "scheduleId"),
  "ScheduleService.DeleteSchedule": one("schedules.delete", "scheduleId"),
  "StoreService.GetItem": one("store.get", "path", "key", "keepTtl"),
  "StoreService.DeleteItem": one("store.delete", "path", "key"),
  "StoreService.SearchItems": list("store.search", "item", {
    ...named("pathPrefix", "query"),
    filter: ["filter", "payload"],
  }),
  "AdminService.GetStorage": one("admin.storage"),
  "AdminService.Prune": {
    call: "admin.prune",
    fields: { ...named("graphId", "validateOnly"), olderThan: ["older_than_seconds", "seconds"] },
  },
  // The client's own lists of these take no size of a page.
  "AdminService.ListAuditEntries": {
    call: "admin.audit",
    each: "entry",
    fields: { ...named("filter"), pageSize: null },
  },
  "KeyService.ListKeys": { call: "keys.list", each: "key", fields: { pageSize: null } },
  "KeyService.GetKey": one("keys.get", "keyId"),
  "KeyService.RevokeKey": one("keys.revoke", "keyId"),
  "KeyService.CreateKey": {
    call: "keys.create",
    fields: {
      ...named("displayName", "namespace", "graphs", "callsPerSecond", "burstCalls"),
      role: ["role", "role"],
      lifetime: ["lifetime_seconds", "seconds"],
    },
  },
  "NamespaceService.ListNamespaces": list("namespaces.list", "namespace"),
  "NamespaceService.GetNamespace": one("namespaces.get", "namespace"),
  "NamespaceService.DeleteNamespace": one("namespaces.delete", "namespace"),
  "WebhookService.ListWebhooks": list("webhooks.list", "webhook"),
  "WebhookService.GetWebhook": one("webhooks.get", "webhookId"),
  "WebhookService.ListDeliveries": list("webhooks.deliveries", "delivery", named("webhookId")),
  "WebhookService.ReplayDelivery": one("webhooks.replay", "webhookId", "deliveryId"),
  "WebhookService.DeleteWebhook": one("webhooks.delete", "webhookId"),
};

function beat(): Fields {
  return { heartbeatInterval: ["heartbeat_seconds", "seconds"], payloadFormat: null };
}

export function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
