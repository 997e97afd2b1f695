/** Sums over what graphs store, and durations as retention has them. */
import type { GraphStorage, PrunedRuns } from "@/api/storage";
import { milliseconds } from "@/lib/time";

/** How many runs went, and what they held. */
export interface Gone {
  runs: number;
  bytes: number;
}

export function added(gone: Gone, graphs: readonly PrunedRuns[]): Gone {
  return graphs.reduce<Gone>(
    ({ runs, bytes }, each) => ({
      runs: runs + Number(each.runs ?? 0),
      bytes: bytes + Number(each.runBytes ?? 0) + Number(each.artifactBytes ?? 0),
    }),
    gone,
  );
}

/** One graph's storage in one row. */
export interface GraphRow {
  graphId: string;
  runs: number;
  /** Runs by status, those that there are. */
  statuses: { status: NonNullable<GraphStorage["statuses"]>[number]["status"]; runs: number }[];
  eventBytes: number;
  checkpointBytes: number;
  /** What else runs hold: inputs, outputs, updates. */
  otherBytes: number;
  artifacts: number;
  artifactBytes: number;
  bytes: number;
  /** Milliseconds; infinite for ever. */
  retentionMs: number;
  retentionBytes: number;
}

export function rowOf(graph: GraphStorage): GraphRow {
  const statuses = graph.statuses ?? [];
  const sum = (field: "runs" | "runBytes" | "eventBytes" | "checkpointBytes") =>
    statuses.reduce((total, each) => total + Number(each[field] ?? 0), 0);
  const [runBytes, eventBytes, checkpointBytes] = [
    sum("runBytes"),
    sum("eventBytes"),
    sum("checkpointBytes"),
  ];
  const artifactBytes = Number(graph.artifactBytes ?? 0);
  return {
    graphId: graph.graphId ?? "",
    runs: sum("runs"),
    statuses: statuses
      .map(({ status, runs }) => ({ status, runs: Number(runs ?? 0) }))
      .filter(({ runs }) => runs > 0),
    eventBytes,
    checkpointBytes,
    otherBytes: Math.max(0, runBytes - eventBytes - checkpointBytes),
    artifacts: Number(graph.artifacts ?? 0),
    artifactBytes,
    bytes: runBytes + artifactBytes,
    retentionMs: graph.retention ? milliseconds(graph.retention) : Number.POSITIVE_INFINITY,
    retentionBytes: Number(graph.retentionBytes ?? 0),
  };
}

export const COLUMNS = [
  { id: "graphId", name: "Graph" },
  { id: "runs", name: "Runs" },
  { id: "eventBytes", name: "Events" },
  { id: "checkpointBytes", name: "Checkpoints" },
  { id: "artifactBytes", name: "Artifacts" },
  { id: "bytes", name: "In all" },
  { id: "retentionMs", name: "Kept" },
] as const satisfies readonly { id: keyof GraphRow; name: string }[];
export type ColumnId = (typeof COLUMNS)[number]["id"];

export interface Sorting {
  by: ColumnId;
  descending: boolean;
}

/** Return rows in order; equal ones by the name of their graph. */
export function sorted(rows: readonly GraphRow[], { by, descending }: Sorting): GraphRow[] {
  const way = descending ? -1 : 1;
  return rows.toSorted((a, b) => way * compared(a[by], b[by]) || compared(a.graphId, b.graphId));
}

function compared(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const UNITS = { minutes: 60, hours: 3_600, days: 86_400 } as const;
export type Unit = keyof typeof UNITS;
export const UNIT_NAMES = Object.keys(UNITS) as Unit[];

/** Return a Duration in ProtoJSON, or undefined for what is no length of time. */
export function durationOf(amount: string, unit: Unit): string | undefined {
  const value = Number(amount);
  if (!amount.trim() || !Number.isFinite(value) || value < 0) return undefined;
  return `${Math.round(value * UNITS[unit])}s`;
}
