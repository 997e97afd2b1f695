/** What narrows the list: free text and, on a phone behind a button, the rest. */
import { SlidersHorizontal } from "lucide-react";
import { useState, type RefObject } from "react";

import { chipsOf } from "@/components/runs/chips";
import { FilterChoices } from "@/components/runs/FilterChoices";
import { FilterChips } from "@/components/runs/FilterChips";
import { SearchBox } from "@/components/runs/SearchBox";
import { Button } from "@/components/ui/button";
import { cn } from "@/lib/classes";
import type { RunsSearch } from "@/routes/runs.search";

/** Show other runs; `typing` continues what is in the address, and is no step to come back to. */
export type OnSearch = (next: RunsSearch, typing?: boolean) => void;

interface Props {
  search: RunsSearch;
  onSearch: OnSearch;
  /** Where the free text is typed. */
  box: RefObject<HTMLInputElement | null>;
}

export function FilterBar({ search, onSearch, box }: Props) {
  const [open, setOpen] = useState(false);
  const set = chipsOf(search).filter((chip) => chip.name !== "Text").length;
  return (
    <div role="search" aria-label="Runs" className="grid gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <SearchBox
          box={box}
          text={search.q ?? ""}
          onText={(q) => onSearch({ ...search, q }, Boolean(search.q))}
        />
        <Button
          className="md:hidden"
          aria-expanded={open}
          aria-controls="run-filters"
          onClick={() => setOpen(!open)}
        >
          <SlidersHorizontal aria-hidden />
          Filters{set > 0 && ` (${set})`}
        </Button>
        <div
          id="run-filters"
          className={cn(
            "w-full flex-wrap items-center gap-2 md:flex md:w-auto",
            open ? "flex" : "hidden",
          )}
        >
          <FilterChoices search={search} onSearch={onSearch} />
        </div>
      </div>
      <FilterChips search={search} onSearch={onSearch} />
    </div>
  );
}
