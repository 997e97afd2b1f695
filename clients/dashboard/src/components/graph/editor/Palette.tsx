/** The tools that nodes can call: to drag onto the canvas, or to add by a button. */
import { Plus, Wrench } from "lucide-react";
import { useState } from "react";

import { useTools } from "@/api/graphs";
import type { Tool } from "@/api/types";
import { Failed, Loading } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Input } from "@/components/ui/input";

/** The type under which a dragged tool travels. */
export const TOOL_TYPE = "application/x-runwire-tool";

export function Palette({ onAdd }: { onAdd: (tool: string) => void }) {
  const tools = useTools();
  const [wanted, setWanted] = useState("");
  const word = wanted.trim().toLowerCase();
  const shown = (tools.data ?? []).filter((tool) =>
    `${tool.name ?? ""}\n${tool.description ?? ""}`.toLowerCase().includes(word),
  );
  return (
    <Card title="Tools" flush>
      {tools.isError ? (
        <Failed error={tools.error} what="load the tools" onRetry={() => void tools.refetch()} />
      ) : tools.isPending ? (
        <Loading what="the tools" rows={3} />
      ) : !tools.data.length ? (
        <p className="p-4 text-sm text-soft">
          This server has no tools. Register Python functions with{" "}
          <code className="font-mono">@tool</code> and serve their module:{" "}
          <code className="font-mono">runwire serve my_tools.py</code>.
        </p>
      ) : (
        <div className="grid gap-2 p-3">
          <Input
            type="search"
            aria-label="Search tools"
            placeholder="Search tools"
            value={wanted}
            onChange={(event) => setWanted(event.target.value)}
          />
          <ul className="grid max-h-[24rem] gap-1.5 overflow-y-auto max-lg:max-h-48">
            {shown.map((tool) => (
              <ToolLine key={tool.name} tool={tool} onAdd={onAdd} />
            ))}
          </ul>
          {!shown.length && <p className="text-sm text-soft">No tool matches.</p>}
        </div>
      )}
    </Card>
  );
}

function ToolLine({ tool, onAdd }: { tool: Tool; onAdd: (tool: string) => void }) {
  const name = tool.name ?? "";
  return (
    <li
      draggable
      onDragStart={(event) => {
        event.dataTransfer.setData(TOOL_TYPE, name);
        event.dataTransfer.effectAllowed = "copy";
      }}
      className="flex min-w-0 cursor-grab items-start gap-2 rounded-md border bg-raised px-2 py-1.5 hover:border-line-strong"
    >
      <Wrench aria-hidden className="mt-1 size-3.5 shrink-0 text-soft" />
      <div className="min-w-0 flex-1">
        <p className="truncate font-mono text-[13px] font-medium">{name}</p>
        <p className="line-clamp-2 text-xs text-soft">{tool.description}</p>
      </div>
      <Button
        variant="ghost"
        size="icon"
        className="size-7"
        aria-label={`Add ${name}`}
        onClick={() => onAdd(name)}
      >
        <Plus aria-hidden />
      </Button>
    </li>
  );
}
