/** The AIP-160 filter that an address of the runs page means. */
import { milliseconds, spanOf } from "@/components/runs/span";
import { labelsOf, type RunsSearch } from "@/routes/runs.search";

/** Words and quoted phrases of a free text; an open quote reaches to its end. */
const PIECES = /"([^"]*)"?|[^\s"]+/g;
/** What a filter may hold: the server's limit of comparisons leaves room for the other parts. */
const MAX_WORDS = 20;

/** Return a text as a filter spells it: quoted, so that nothing in it is read as a sign. */
export function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&").replaceAll("\0", "")}"`;
}

/** Return the words and phrases of what somebody typed, each to be found by itself. */
export function wordsOf(text: string): string[] {
  return [...text.matchAll(PIECES)]
    .map((found) => (found[1] ?? found[0]).trim())
    .filter(Boolean)
    .slice(0, MAX_WORDS);
}

/** Return the key and, if there is one, the value of `key=value`. */
export function labelOf(text: string): { key: string; value: string | undefined } {
  const at = text.indexOf("=");
  if (at < 0) return { key: text, value: undefined };
  return { key: text.slice(0, at), value: text.slice(at + 1) };
}

/** Return the filter; `now` is what "the last hour" is counted from. */
export function filterOf(search: RunsSearch, now: number): string {
  const { status = [], graph, queue, thread, since, q } = search;
  const parts: string[] = [];
  const any = status.map((each) => `status = ${each.replace("RUN_STATUS_", "")}`).join(" OR ");
  if (any) parts.push(status.length > 1 ? `(${any})` : any);
  if (graph) parts.push(`graph_id = ${quoted(graph)}`);
  if (queue) parts.push(`queue = ${quoted(queue)}`);
  if (thread) parts.push(`thread_id = ${quoted(thread)}`);
  for (const each of labelsOf(search)) {
    const { key, value } = labelOf(each);
    if (!key) continue;
    parts.push(
      value === undefined ? `labels.${quoted(key)}:*` : `labels.${quoted(key)} = ${quoted(value)}`,
    );
  }
  const span = milliseconds(spanOf(since));
  if (span) parts.push(`create_time > "${new Date(now - span).toISOString()}"`);
  parts.push(...wordsOf(q ?? "").map(quoted));
  return parts.join(" AND ");
}

/** Whether anything is asked for. */
export function isFiltered(search: RunsSearch): boolean {
  return filterOf(search, Date.now()) !== "";
}
