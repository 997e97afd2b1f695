// Made by tools/gen.mjs from the protos; never edited.
/** How a call is made over HTTP: the first binding is the usual one. */
export interface HttpRule {
  verb: string;
  path: string;
  /** The field that is the body, or `*` for all that is not in the path. */
  body?: string;
  streams?: boolean;
}

export const RULES: Record<string, readonly HttpRule[]> = {
  "AdminService.GetStorage": [
    {
      "verb": "GET",
      "path": "/v1/storage"
    }
  ],
  "AdminService.Prune": [
    {
      "verb": "POST",
      "path": "/v1/storage:prune",
      "body": "*"
    }
  ],
  "AdminService.ListAuditEntries": [
    {
      "verb": "GET",
      "path": "/v1/audit"
    }
  ],
  "AdminService.ListWorkers": [
    {
      "verb": "GET",
      "path": "/v1/workers"
    }
  ],
  "AdminService.ListQueues": [
    {
      "verb": "GET",
      "path": "/v1/queues"
    }
  ],
  "AdminService.GetServer": [
    {
      "verb": "GET",
      "path": "/v1/server"
    }
  ],
  "ArtifactService.DownloadArtifact": [
    {
      "verb": "GET",
      "path": "/v1/artifacts/{artifact_id}:download",
      "streams": true
    }
  ],
  "ArtifactService.GetArtifact": [
    {
      "verb": "GET",
      "path": "/v1/artifacts/{artifact_id}"
    }
  ],
  "ArtifactService.ListArtifacts": [
    {
      "verb": "GET",
      "path": "/v1/artifacts"
    }
  ],
  "ArtifactService.DeleteArtifact": [
    {
      "verb": "DELETE",
      "path": "/v1/artifacts/{artifact_id}"
    }
  ],
  "AssistantService.CreateAssistant": [
    {
      "verb": "POST",
      "path": "/v1/assistants",
      "body": "*"
    }
  ],
  "AssistantService.GetAssistant": [
    {
      "verb": "GET",
      "path": "/v1/assistants/{assistant_id}"
    }
  ],
  "AssistantService.ListAssistants": [
    {
      "verb": "GET",
      "path": "/v1/assistants"
    },
    {
      "verb": "POST",
      "path": "/v1/assistants:search",
      "body": "*"
    }
  ],
  "AssistantService.UpdateAssistant": [
    {
      "verb": "PATCH",
      "path": "/v1/assistants/{assistant_id}",
      "body": "*"
    }
  ],
  "AssistantService.DeleteAssistant": [
    {
      "verb": "DELETE",
      "path": "/v1/assistants/{assistant_id}"
    }
  ],
  "AssistantService.ListAssistantVersions": [
    {
      "verb": "GET",
      "path": "/v1/assistants/{assistant_id}/versions"
    },
    {
      "verb": "POST",
      "path": "/v1/assistants/{assistant_id}/versions:search",
      "body": "*"
    }
  ],
  "AssistantService.SetAssistantVersion": [
    {
      "verb": "POST",
      "path": "/v1/assistants/{assistant_id}:setVersion",
      "body": "*"
    }
  ],
  "AssistantService.GetAssistantGraph": [
    {
      "verb": "GET",
      "path": "/v1/assistants/{assistant_id}/graph"
    }
  ],
  "AssistantService.GetAssistantSchemas": [
    {
      "verb": "GET",
      "path": "/v1/assistants/{assistant_id}/schemas"
    }
  ],
  "AssistantService.ListAssistantSubgraphs": [
    {
      "verb": "GET",
      "path": "/v1/assistants/{assistant_id}/subgraphs"
    }
  ],
  "GraphService.CreateGraph": [
    {
      "verb": "POST",
      "path": "/v1/graphs",
      "body": "*"
    }
  ],
  "GraphService.GetGraph": [
    {
      "verb": "GET",
      "path": "/v1/graphs/{graph_id}"
    }
  ],
  "GraphService.ListGraphs": [
    {
      "verb": "GET",
      "path": "/v1/graphs"
    }
  ],
  "GraphService.DeleteGraph": [
    {
      "verb": "DELETE",
      "path": "/v1/graphs/{graph_id}"
    }
  ],
  "GraphService.ListTools": [
    {
      "verb": "GET",
      "path": "/v1/tools"
    }
  ],
  "KeyService.CreateKey": [
    {
      "verb": "POST",
      "path": "/v1/keys",
      "body": "*"
    }
  ],
  "KeyService.GetKey": [
    {
      "verb": "GET",
      "path": "/v1/keys/{key_id}"
    }
  ],
  "KeyService.ListKeys": [
    {
      "verb": "GET",
      "path": "/v1/keys"
    }
  ],
  "KeyService.RevokeKey": [
    {
      "verb": "POST",
      "path": "/v1/keys/{key_id}:revoke",
      "body": "*"
    }
  ],
  "KeyService.GetIdentity": [
    {
      "verb": "GET",
      "path": "/v1/identity"
    }
  ],
  "NamespaceService.CreateNamespace": [
    {
      "verb": "POST",
      "path": "/v1/namespaces",
      "body": "*"
    }
  ],
  "NamespaceService.GetNamespace": [
    {
      "verb": "GET",
      "path": "/v1/namespaces/{namespace}"
    }
  ],
  "NamespaceService.ListNamespaces": [
    {
      "verb": "GET",
      "path": "/v1/namespaces"
    }
  ],
  "NamespaceService.UpdateNamespace": [
    {
      "verb": "PATCH",
      "path": "/v1/namespaces/{namespace.namespace}",
      "body": "namespace"
    }
  ],
  "NamespaceService.DeleteNamespace": [
    {
      "verb": "DELETE",
      "path": "/v1/namespaces/{namespace}"
    }
  ],
  "RunService.CreateRun": [
    {
      "verb": "POST",
      "path": "/v1/runs",
      "body": "*"
    }
  ],
  "RunService.GetRun": [
    {
      "verb": "GET",
      "path": "/v1/runs/{run_id}"
    }
  ],
  "RunService.ListRuns": [
    {
      "verb": "GET",
      "path": "/v1/runs"
    }
  ],
  "RunService.CancelRun": [
    {
      "verb": "POST",
      "path": "/v1/runs/{run_id}:cancel",
      "body": "*"
    }
  ],
  "RunService.CancelRuns": [
    {
      "verb": "POST",
      "path": "/v1/runs:cancel",
      "body": "*"
    }
  ],
  "RunService.WaitRun": [
    {
      "verb": "GET",
      "path": "/v1/runs/{run_id}:wait"
    }
  ],
  "RunService.WatchRun": [
    {
      "verb": "GET",
      "path": "/v1/runs/{run_id}:watch",
      "streams": true
    }
  ],
  "RunService.CreateAndWatchRun": [
    {
      "verb": "POST",
      "path": "/v1/runs:createAndWatch",
      "body": "*",
      "streams": true
    }
  ],
  "RunService.ResumeRun": [
    {
      "verb": "POST",
      "path": "/v1/runs/{run_id}:resume",
      "body": "*"
    }
  ],
  "RunService.UpdateRun": [
    {
      "verb": "PATCH",
      "path": "/v1/runs/{run_id}",
      "body": "*"
    }
  ],
  "RunService.ForkRun": [
    {
      "verb": "POST",
      "path": "/v1/runs/{run_id}:fork",
      "body": "*"
    }
  ],
  "RunService.DeleteRun": [
    {
      "verb": "DELETE",
      "path": "/v1/runs/{run_id}"
    }
  ],
  "RunService.GetRunState": [
    {
      "verb": "GET",
      "path": "/v1/runs/{run_id}/state"
    }
  ],
  "RunService.ListSteps": [
    {
      "verb": "GET",
      "path": "/v1/runs/{run_id}/steps"
    }
  ],
  "RunService.ListCheckpoints": [
    {
      "verb": "GET",
      "path": "/v1/runs/{run_id}/checkpoints"
    }
  ],
  "RunService.ExplainRun": [
    {
      "verb": "GET",
      "path": "/v1/runs/{run_id}:explain"
    }
  ],
  "RunService.CountRuns": [
    {
      "verb": "GET",
      "path": "/v1/runs:count"
    }
  ],
  "RunService.WatchRuns": [
    {
      "verb": "GET",
      "path": "/v1/runs:watch",
      "streams": true
    }
  ],
  "ScheduleService.CreateSchedule": [
    {
      "verb": "POST",
      "path": "/v1/schedules",
      "body": "*"
    }
  ],
  "ScheduleService.GetSchedule": [
    {
      "verb": "GET",
      "path": "/v1/schedules/{schedule_id}"
    }
  ],
  "ScheduleService.ListSchedules": [
    {
      "verb": "GET",
      "path": "/v1/schedules"
    }
  ],
  "ScheduleService.UpdateSchedule": [
    {
      "verb": "PATCH",
      "path": "/v1/schedules/{schedule.schedule_id}",
      "body": "schedule"
    }
  ],
  "ScheduleService.PauseSchedule": [
    {
      "verb": "POST",
      "path": "/v1/schedules/{schedule_id}:pause",
      "body": "*"
    }
  ],
  "ScheduleService.UnpauseSchedule": [
    {
      "verb": "POST",
      "path": "/v1/schedules/{schedule_id}:unpause",
      "body": "*"
    }
  ],
  "ScheduleService.DeleteSchedule": [
    {
      "verb": "DELETE",
      "path": "/v1/schedules/{schedule_id}"
    }
  ],
  "ScheduleService.TriggerSchedule": [
    {
      "verb": "POST",
      "path": "/v1/schedules/{schedule_id}:trigger",
      "body": "*"
    }
  ],
  "StoreService.PutItem": [
    {
      "verb": "PUT",
      "path": "/v1/store/items",
      "body": "*"
    }
  ],
  "StoreService.GetItem": [
    {
      "verb": "GET",
      "path": "/v1/store/items"
    }
  ],
  "StoreService.DeleteItem": [
    {
      "verb": "DELETE",
      "path": "/v1/store/items"
    }
  ],
  "StoreService.SearchItems": [
    {
      "verb": "POST",
      "path": "/v1/store/items:search",
      "body": "*"
    }
  ],
  "StoreService.ListItemPaths": [
    {
      "verb": "GET",
      "path": "/v1/store/paths"
    }
  ],
  "ThreadService.CreateThread": [
    {
      "verb": "POST",
      "path": "/v1/threads",
      "body": "*"
    }
  ],
  "ThreadService.GetThread": [
    {
      "verb": "GET",
      "path": "/v1/threads/{thread_id}"
    }
  ],
  "ThreadService.ListThreads": [
    {
      "verb": "GET",
      "path": "/v1/threads"
    },
    {
      "verb": "POST",
      "path": "/v1/threads:search",
      "body": "*"
    }
  ],
  "ThreadService.UpdateThread": [
    {
      "verb": "PATCH",
      "path": "/v1/threads/{thread_id}",
      "body": "*"
    }
  ],
  "ThreadService.DeleteThread": [
    {
      "verb": "DELETE",
      "path": "/v1/threads/{thread_id}"
    }
  ],
  "ThreadService.CopyThread": [
    {
      "verb": "POST",
      "path": "/v1/threads/{thread_id}:copy",
      "body": "*"
    }
  ],
  "ThreadService.PruneThreads": [
    {
      "verb": "POST",
      "path": "/v1/threads:prune",
      "body": "*"
    }
  ],
  "ThreadService.GetThreadState": [
    {
      "verb": "GET",
      "path": "/v1/threads/{thread_id}/state"
    }
  ],
  "ThreadService.ListThreadStates": [
    {
      "verb": "GET",
      "path": "/v1/threads/{thread_id}/states"
    },
    {
      "verb": "POST",
      "path": "/v1/threads/{thread_id}/states:search",
      "body": "*"
    }
  ],
  "ThreadService.UpdateThreadState": [
    {
      "verb": "POST",
      "path": "/v1/threads/{thread_id}/state",
      "body": "*"
    }
  ],
  "ThreadService.WatchThread": [
    {
      "verb": "GET",
      "path": "/v1/threads/{thread_id}:watch",
      "streams": true
    }
  ],
  "WebhookService.CreateWebhook": [
    {
      "verb": "POST",
      "path": "/v1/webhooks",
      "body": "*"
    }
  ],
  "WebhookService.GetWebhook": [
    {
      "verb": "GET",
      "path": "/v1/webhooks/{webhook_id}"
    }
  ],
  "WebhookService.ListWebhooks": [
    {
      "verb": "GET",
      "path": "/v1/webhooks"
    }
  ],
  "WebhookService.UpdateWebhook": [
    {
      "verb": "PATCH",
      "path": "/v1/webhooks/{webhook.webhook_id}",
      "body": "webhook"
    }
  ],
  "WebhookService.DeleteWebhook": [
    {
      "verb": "DELETE",
      "path": "/v1/webhooks/{webhook_id}"
    }
  ],
  "WebhookService.ListDeliveries": [
    {
      "verb": "GET",
      "path": "/v1/webhooks/{webhook_id}/deliveries"
    }
  ],
  "WebhookService.ReplayDelivery": [
    {
      "verb": "POST",
      "path": "/v1/webhooks/{webhook_id}/deliveries/{delivery_id}:replay",
      "body": "*"
    }
  ],
  "WorkerService.ReadThread": [
    {
      "verb": "POST",
      "path": "/v1/workers:readThread",
      "body": "*",
      "streams": true
    }
  ],
  "WorkerService.UseStore": [
    {
      "verb": "POST",
      "path": "/v1/workers:useStore",
      "body": "*",
      "streams": true
    }
  ]
};
