/** An edge in the editor that is always taken. */
import { GitBranch, Trash2 } from "lucide-react";

import { END, START } from "@/components/graph/drawing";
import { addCondition, removeWay } from "@/components/graph/editor/edits";
import type { Way } from "@/components/graph/editor/sketch";
import type { Editing } from "@/components/graph/editor/use-editor";
import { spelled } from "@/components/graph/editor/Ways";
import { Button } from "@/components/ui/button";

export function WayForm({ editing, way }: { editing: Editing; way: Way }) {
  const { definition, edit, choose, check } = editing;
  const { place } = way;
  const faults = check.faults.filter(
    (each) =>
      (place.kind === "edge" && each.edge === place.index) ||
      (place.kind === "start" && each.path === "start"),
  );
  const implied = place.kind === "implied";
  return (
    <div className="grid gap-3">
      <p className="text-[13px]">
        {spelled(way.source)} leads to {spelled(way.target)}
        {implied ? " by itself, since nothing else is said." : ", always."}
      </p>
      {faults.map(({ path, description }) => (
        <p key={path} role="alert" className="text-xs text-danger">
          {description}
        </p>
      ))}
      {!implied && (
        <>
          <Button
            onClick={() => {
              const cleared = removeWay(definition, place);
              const source = way.source === START ? "START" : way.source;
              edit(addCondition(cleared, source, way.target === END ? "END" : way.target));
              choose("");
            }}
          >
            <GitBranch aria-hidden />
            Take it on a condition
          </Button>
          <Button
            variant="danger"
            onClick={() => {
              edit(removeWay(definition, place));
              choose("");
            }}
          >
            <Trash2 aria-hidden />
            Remove the edge
          </Button>
        </>
      )}
    </div>
  );
}
