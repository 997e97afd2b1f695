/** What the list is narrowed to: each can be taken off, or all. */
import { X } from "lucide-react";

import { chipsOf, cleared } from "@/components/runs/chips";
import type { OnSearch } from "@/components/runs/FilterBar";
import { Button } from "@/components/ui/button";
import type { RunsSearch } from "@/routes/runs.search";

interface Props {
  search: RunsSearch;
  onSearch: OnSearch;
}

export function FilterChips({ search, onSearch }: Props) {
  const chips = chipsOf(search);
  if (!chips.length) return null;
  return (
    <ul aria-label="Filters" className="flex flex-wrap items-center gap-1.5">
      {chips.map((chip) => (
        <li key={chip.key} className="min-w-0">
          <button
            type="button"
            onClick={() => onSearch(chip.without)}
            className="flex h-7 max-w-full items-center gap-1 rounded-full border bg-panel pl-2.5 pr-1.5 text-xs hover:border-line-strong"
          >
            <span className="sr-only">Take off </span>
            <span className="text-soft">{chip.name}</span>{" "}
            <span className="min-w-0 truncate font-medium">{chip.value}</span>
            <X aria-hidden className="size-3.5 shrink-0 text-soft" />
          </button>
        </li>
      ))}
      <li>
        <Button
          variant="ghost"
          size="sm"
          className="h-7 text-xs"
          onClick={() => onSearch(cleared(search))}
        >
          Clear all
        </Button>
      </li>
    </ul>
  );
}
