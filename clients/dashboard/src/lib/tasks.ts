/** What people do most with the API, as calls. */
import type { ScreenCall } from "@/lib/screen-call";

export interface Task {
  name: string;
  call: ScreenCall;
}

interface Allowed {
  runs: boolean;
  administers: boolean;
  /** A graph of the server, for examples that work as they stand. */
  graph: { graphId: string; input: unknown } | undefined;
}

const RUN_ID = "RUN_ID";

/** Return the tasks of a caller, those that change nothing first. */
export function tasksFor({
  runs,
  administers,
  graph = { graphId: "GRAPH_ID", input: {} },
}: Allowed): Task[] {
  return [...READING, ...(runs ? running(graph) : []), ...(administers ? ADMINISTERING : [])];
}

const READING: Task[] = [
  {
    name: "List the runs that failed",
    call: {
      rpc: "RunService.ListRuns",
      request: { statuses: ["RUN_STATUS_FAILED"], pageSize: 20 },
      cli: ["runs", "list", "--status", "failed"],
    },
  },
  {
    name: "Watch every run",
    call: { rpc: "RunService.WatchRuns", request: {} },
  },
  {
    name: "Watch one run",
    call: {
      rpc: "RunService.WatchRun",
      request: { runId: RUN_ID },
      cli: ["runs", "watch", RUN_ID],
    },
  },
  {
    name: "Tell why a run does not move",
    call: {
      rpc: "RunService.ExplainRun",
      request: { runId: RUN_ID },
      cli: ["runs", "explain", RUN_ID],
    },
  },
  {
    name: "List the graphs",
    call: { rpc: "GraphService.ListGraphs", request: {}, cli: ["graphs", "list"] },
  },
  {
    name: "Tell who the server takes you to be",
    call: { rpc: "KeyService.GetIdentity", request: {}, cli: ["keys", "whoami"] },
  },
];

function running({ graphId, input }: NonNullable<Allowed["graph"]>): Task[] {
  return [
    {
      name: "Start a run",
      call: {
        rpc: "RunService.CreateRun",
        request: { spec: { graphId, input: { json: input } } },
        cli: ["run", graphId, "--input", JSON.stringify(input)],
      },
    },
    {
      name: "Cancel a run",
      call: {
        rpc: "RunService.CancelRun",
        request: { runId: RUN_ID, reason: "no longer needed" },
        cli: ["runs", "cancel", RUN_ID, "--reason", "no longer needed"],
      },
    },
    {
      name: "Answer what a run asks",
      call: {
        rpc: "RunService.ResumeRun",
        request: { runId: RUN_ID, answer: { json: true } },
        cli: ["runs", "resume", RUN_ID, "true"],
      },
    },
  ];
}

const ADMINISTERING: Task[] = [
  {
    name: "Make a key that may only read",
    call: {
      rpc: "KeyService.CreateKey",
      request: { displayName: "grafana", role: "ROLE_READER" },
      cli: ["keys", "create", "grafana", "--role", "reader"],
    },
  },
  {
    name: "See which ended runs would be deleted",
    call: {
      rpc: "AdminService.Prune",
      request: { olderThan: "604800s", validateOnly: true },
      cli: ["prune", "--older-than", "7d", "--dry-run"],
    },
  },
];
