/** Where a node leads: its ways in a list, and buttons that add some; all that the mouse does by drawing. */
import { ArrowRight, GitBranch, Trash2, Wrench } from "lucide-react";
import { useId, useState } from "react";

import { END, START } from "@/components/graph/drawing";
import { addCondition, addEdge, addToolBranch, removeWay } from "@/components/graph/editor/edits";
import type { Editing } from "@/components/graph/editor/use-editor";
import { Button } from "@/components/ui/button";
import { Select } from "@/components/ui/input";

interface Props {
  editing: Editing;
  /** A node, or START. */
  source: string;
}

export function Ways({ editing, source }: Props) {
  const { definition, sketch, tools, edit, choose } = editing;
  const id = useId();
  const names = Object.keys(definition.nodes);
  const [wanted, setTarget] = useState("END");
  const choices = source === "START" ? names : [...names, "END"];
  const target = choices.includes(wanted) ? wanted : (choices[0] ?? "");
  const drawn = source === "START" ? START : source;
  const ways = sketch.ways.filter((way) => way.source === drawn);
  const [firstTool] = tools;
  return (
    <section aria-label={`Where ${source} leads`} className="grid gap-2">
      <h3 className="text-[13px] font-semibold">Leads to</h3>
      <ul className="grid gap-1">
        {ways.map((way) => (
          <li key={way.id} className="flex min-w-0 items-center gap-2 rounded border px-2 py-1">
            <ArrowRight aria-hidden className="size-3.5 shrink-0 text-soft" />
            <button
              type="button"
              disabled={way.place.kind === "implied"}
              className="min-w-0 flex-1 truncate text-left text-[13px] enabled:hover:underline"
              onClick={() => choose(way.id)}
            >
              {spelled(way.target)}
              <span className="text-soft">
                {way.place.kind === "implied" ? " by itself" : way.label && ` ${way.label}`}
              </span>
            </button>
            {way.place.kind !== "implied" && way.place.kind !== "default" && (
              <Button
                variant="ghost"
                size="icon"
                className="size-7"
                aria-label={`Remove the way to ${spelled(way.target)}`}
                onClick={() => edit(removeWay(definition, way.place))}
              >
                <Trash2 aria-hidden />
              </Button>
            )}
          </li>
        ))}
      </ul>
      {target && (
        <>
          <label htmlFor={id} className="text-xs text-soft">
            Lead from {source} to
          </label>
          <Select id={id} value={target} onChange={(event) => setTarget(event.target.value)}>
            {choices.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </Select>
          <div className="flex flex-wrap gap-1.5">
            <Button size="sm" onClick={() => edit(addEdge(definition, source, target))}>
              <ArrowRight aria-hidden />
              Always
            </Button>
            <Button size="sm" onClick={() => edit(addCondition(definition, source, target))}>
              <GitBranch aria-hidden />
              On a condition
            </Button>
            {firstTool?.name && (
              <Button
                size="sm"
                onClick={() => edit(addToolBranch(definition, source, firstTool.name ?? ""))}
              >
                <Wrench aria-hidden />
                As a tool says
              </Button>
            )}
          </div>
        </>
      )}
    </section>
  );
}

export function spelled(id: string): string {
  return id === START ? "START" : id === END ? "END" : id;
}
