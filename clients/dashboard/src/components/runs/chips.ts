/** What the list is narrowed to, one thing each, and the address without it. */
import { spoken } from "@/components/runs/span";
import { lookOf } from "@/lib/status";
import { labelsOf, type RunsSearch } from "@/routes/runs.search";

export interface Chip {
  key: string;
  /** What is narrowed, as "Graph". */
  name: string;
  value: string;
  /** The search without it. */
  without: RunsSearch;
}

/** Return the filters that are set, in the order in which they are asked for. */
export function chipsOf(search: RunsSearch): Chip[] {
  const { status = [], graph, queue, thread, since, q } = search;
  const labels = labelsOf(search);
  const chip = (name: string, value: string, without: RunsSearch): Chip => ({
    key: `${name} ${value}`,
    name,
    value,
    without,
  });
  return [
    ...status.map((each) => {
      const rest = status.filter((other) => other !== each);
      const without = { ...search, status: rest.length ? rest : undefined };
      return chip("Status", lookOf(each).label, without);
    }),
    ...(graph ? [chip("Graph", graph, { ...search, graph: undefined })] : []),
    ...labels.map((each) => {
      const rest = labels.filter((other) => other !== each);
      return chip("Label", each, { ...search, label: rest.length ? rest : undefined });
    }),
    ...(queue ? [chip("Queue", queue, { ...search, queue: undefined })] : []),
    ...(thread ? [chip("Thread", thread, { ...search, thread: undefined })] : []),
    ...(since ? [chip("Created", spoken(since), { ...search, since: undefined })] : []),
    ...(q ? [chip("Text", q, { ...search, q: undefined })] : []),
  ];
}

/** Return the search without any filter; what does not filter stays. */
export function cleared({ window }: RunsSearch): RunsSearch {
  return { window };
}
