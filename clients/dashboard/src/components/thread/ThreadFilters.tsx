/** What narrows and orders the list of threads. */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState } from "react";

import { startableGraphs, isThreaded } from "@/api/startable";
import { threadWord } from "@/components/thread/ThreadBadge";
import { Input, Select } from "@/components/ui/input";
import { metadataOf, THREAD_STATUSES, type ThreadsSearch } from "@/routes/threads.search";

interface Props {
  search: ThreadsSearch;
  onSearch: (search: ThreadsSearch) => void;
}

const AFTER_MS = 300;

export function ThreadFilters({ search, onSearch }: Props) {
  const graphs = useQuery(startableGraphs()).data?.filter(isThreaded) ?? [];
  const ids = new Set(graphs.map((each) => each.graphId ?? ""));
  if (search.graph) ids.add(search.graph);
  return (
    <div role="search" aria-label="Threads" className="flex flex-wrap items-start gap-2">
      <MetadataBox
        key={search.metadata}
        typed={search.metadata ?? ""}
        onTyped={(metadata) => onSearch({ ...search, metadata })}
      />
      <Select
        aria-label="Status"
        className="w-auto"
        value={search.status ?? ""}
        onChange={({ target }) =>
          onSearch({
            ...search,
            status: THREAD_STATUSES.find((each) => each === target.value),
          })
        }
      >
        <option value="">Any status</option>
        {THREAD_STATUSES.map((each) => (
          <option key={each} value={each}>
            {threadWord(each)}
          </option>
        ))}
      </Select>
      <Select
        aria-label="Graph"
        className="w-auto max-w-56"
        value={search.graph ?? ""}
        onChange={({ target }) => onSearch({ ...search, graph: target.value || undefined })}
      >
        <option value="">Any graph</option>
        {[...ids].map((each) => (
          <option key={each}>{each}</option>
        ))}
      </Select>
      <Select
        aria-label="Order"
        className="w-auto"
        value={search.order ?? "created"}
        onChange={({ target }) =>
          onSearch({
            ...search,
            order:
              target.value === "updated" || target.value === "oldest" ? target.value : undefined,
          })
        }
      >
        <option value="created">Newest first</option>
        <option value="updated">Last changed first</option>
        <option value="oldest">Oldest first</option>
      </Select>
    </div>
  );
}

function MetadataBox({ typed, onTyped }: { typed: string; onTyped: (typed?: string) => void }) {
  const own = useId();
  const [draft, setDraft] = useState(typed);
  const tell = useRef(onTyped);
  useEffect(() => {
    tell.current = onTyped;
  });
  const text = draft.trim();
  const wrong = text !== "" && metadataOf(text) === null;
  useEffect(() => {
    if (wrong || text === typed) return;
    const timer = setTimeout(() => tell.current(text || undefined), AFTER_MS);
    return () => clearTimeout(timer);
  }, [text, typed, wrong]);
  return (
    <div className="min-w-48 flex-1 md:max-w-sm">
      <Input
        aria-label="Metadata"
        aria-describedby={own}
        aria-invalid={wrong}
        placeholder="Metadata, as user=ann"
        maxLength={1000}
        autoComplete="off"
        spellCheck={false}
        value={draft}
        autoFocus={typed !== ""}
        onChange={(event) => setDraft(event.target.value)}
      />
      <p id={own} role={wrong ? "alert" : undefined} className="text-xs text-danger">
        {wrong ? "Write key=value, with commas between several, or a JSON object." : ""}
      </p>
    </div>
  );
}
