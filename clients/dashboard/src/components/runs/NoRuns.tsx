/** What stands in place of the table where there is nothing to list. */
import { Link } from "@tanstack/react-router";
import { Play, SearchX } from "lucide-react";

import { useMay } from "@/api/identity";
import { CopyButton } from "@/components/CopyButton";
import { Empty, Loading } from "@/components/states";
import { Button } from "@/components/ui/button";

const COMMAND = "runwire run GRAPH --input '{}' --watch";

/** There are no runs at all. */
export function NoRunsYet() {
  const mayRun = useMay("run");
  return (
    <Empty title="No runs yet" icon={Play}>
      {mayRun ? (
        <div className="grid justify-items-center gap-3">
          <p>
            The first one will appear here as soon as it is started, from here or by any client.
          </p>
          <Button asChild variant="primary">
            <Link to="/ui/start">Start a run</Link>
          </Button>
          <p className="flex max-w-full items-center gap-1 rounded-md border bg-sunken py-1 pl-3 pr-1">
            <code className="min-w-0 break-words font-mono text-xs text-ink">{COMMAND}</code>
            <CopyButton text={COMMAND} what="the command" />
          </p>
        </div>
      ) : (
        <p>They appear here as soon as somebody starts one.</p>
      )}
    </Empty>
  );
}

interface Props {
  /** Older runs have not been looked at yet. */
  hasMore: boolean;
  /** They are being looked at. */
  searching: boolean;
  onMore: () => void;
  onClear: () => void;
}

/** There are runs, but none that match. */
export function NoMatch({ hasMore, searching, onMore, onClear }: Props) {
  if (searching) return <Loading what="older runs" rows={6} />;
  return (
    <Empty title={hasMore ? "None of the newest runs match" : "No runs match"} icon={SearchX}>
      <div className="flex flex-wrap justify-center gap-2 pt-1">
        {hasMore && (
          <Button size="sm" onClick={onMore}>
            Look at older ones
          </Button>
        )}
        <Button size="sm" onClick={onClear}>
          Clear all filters
        </Button>
      </div>
    </Empty>
  );
}
