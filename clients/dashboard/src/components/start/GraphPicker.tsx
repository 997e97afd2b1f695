/** The graphs that a run can be started of, to search and to choose from. */
import { useQuery } from "@tanstack/react-query";
import { Search, Workflow } from "lucide-react";
import { useState } from "react";

import { startableGraphs } from "@/api/startable";
import { Empty, Failed, Loading } from "@/components/states";
import { Input } from "@/components/ui/input";
import { cn } from "@/lib/classes";

interface Props {
  graphId: string;
  onPick: (graphId: string) => void;
}

/** Beyond this many, search. */
const MAX_SHOWN = 100;

export function GraphPicker({ graphId, onPick }: Props) {
  const [text, setText] = useState("");
  const { data, error, refetch } = useQuery(startableGraphs());
  if (error && !data)
    return <Failed error={error} what="load the graphs" onRetry={() => void refetch()} />;
  if (!data) return <Loading what="graphs" />;
  if (!data.length)
    return (
      <Empty title="There are no graphs yet" icon={Workflow}>
        Start the server with one, as <code>runwire serve graph.py:graph</code>, or draw one.
      </Empty>
    );
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = data.filter((each) => {
    const said = `${each.graphId ?? ""} ${each.description ?? ""}`.toLowerCase();
    return words.every((word) => said.includes(word));
  });
  return (
    <div className="grid min-w-0 gap-3">
      {data.length > 4 && (
        <div className="relative">
          <Search aria-hidden className="absolute left-2.5 top-2.5 size-4 text-soft" />
          <Input
            type="search"
            className="pl-8"
            aria-label="Search graphs"
            placeholder="Search graphs"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
      )}
      <ul aria-label="Graphs" className="grid max-h-96 gap-1 overflow-y-auto lg:max-h-[60dvh]">
        {found.slice(0, MAX_SHOWN).map((each) => (
          <li key={each.graphId}>
            <button
              type="button"
              aria-pressed={each.graphId === graphId}
              onClick={() => onPick(each.graphId ?? "")}
              className={cn(
                "w-full rounded-md border border-transparent px-3 py-2 text-left -outline-offset-2 hover:bg-sunken",
                each.graphId === graphId && "border-brand bg-brand-soft hover:bg-brand-soft",
              )}
            >
              <span className="block break-words text-sm font-medium">{each.graphId}</span>
              {each.description && (
                <span className="line-clamp-2 break-words text-xs text-soft">
                  {each.description}
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
      {!found.length && <p className="px-3 text-sm text-soft">No graph has all these words.</p>}
      {found.length > MAX_SHOWN && (
        <p className="px-3 text-xs text-soft">And {found.length - MAX_SHOWN} more: search.</p>
      )}
    </div>
  );
}
