/** What a run can be found by: its labels, its thread, its queue; each leads to the others that have it. */
import { Link } from "@tanstack/react-router";
import { ListStart, MessagesSquare, type LucideIcon } from "lucide-react";

import type { Run } from "@/api/types";
import type { RunsSearch } from "@/routes/runs.search";

interface MarkProps {
  words: string;
  what: string;
  search: RunsSearch;
  icon?: LucideIcon;
}

function Mark({ words, what, search, icon: Icon }: MarkProps) {
  return (
    <Link
      to="/"
      search={search}
      title={`Runs with ${what} ${words}`}
      // The row's own link lies above everything else in it.
      className="relative z-10 inline-flex h-6 max-w-full shrink-0 items-center gap-1 rounded border bg-panel px-1.5 text-xs text-soft hover:text-ink [&_svg]:size-3 [&_svg]:shrink-0"
    >
      {Icon && <Icon aria-hidden />}
      <span className="truncate">{words}</span>
    </Link>
  );
}

export function Marks({ run }: { run: Run }) {
  const { labels = {}, threadId, queue } = run.spec ?? {};
  return (
    <span className="flex items-center gap-1 overflow-hidden">
      {Object.entries(labels).map(([key, value]) => (
        <Mark
          key={key}
          what="label"
          words={`${key}=${value}`}
          search={{ label: `${key}=${value}` }}
        />
      ))}
      {threadId && (
        <Mark what="thread" words={threadId} search={{ thread: threadId }} icon={MessagesSquare} />
      )}
      {queue && <Mark what="queue" words={queue} search={{ queue }} icon={ListStart} />}
    </span>
  );
}
