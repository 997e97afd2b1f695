/** What can be done to the runs that are selected. */
import { CircleSlash, RotateCcw, X } from "lucide-react";

import type { Deed } from "@/components/runs/BulkDialog";
import { Button } from "@/components/ui/button";
import { count } from "@/lib/numbers";

interface Props {
  selected: number;
  /** To how many each can be done. */
  cancellable: number;
  repeatable: number;
  onDeed: (deed: Deed) => void;
  onClear: () => void;
}

export function BulkBar({ selected, cancellable, repeatable, onDeed, onClear }: Props) {
  if (!selected) return null;
  return (
    <div
      role="toolbar"
      aria-label="Selected runs"
      className="sticky bottom-3 z-30 mx-auto flex max-w-full flex-wrap items-center gap-2 rounded-lg border bg-raised px-3 py-2 shadow-lg"
    >
      <span className="text-sm font-medium tabular-nums" role="status">
        {count(selected)} selected
      </span>
      <Button size="sm" variant="danger" disabled={!cancellable} onClick={() => onDeed("cancel")}>
        <CircleSlash aria-hidden />
        Cancel{cancellable > 0 && ` ${count(cancellable)}`}
      </Button>
      <Button size="sm" disabled={!repeatable} onClick={() => onDeed("retry")}>
        <RotateCcw aria-hidden />
        Retry{repeatable > 0 && ` ${count(repeatable)}`}
      </Button>
      <Button
        size="icon"
        variant="ghost"
        className="size-8"
        aria-label="Select none"
        onClick={onClear}
      >
        <X aria-hidden />
      </Button>
    </div>
  );
}
