/** Buttons over a drawing, and keys while it has the focus: nearer, farther, all of it. */
import { useReactFlow } from "@xyflow/react";
import { Maximize, Minus, Plus } from "lucide-react";
import type { KeyboardEvent, ReactNode } from "react";

import { Button } from "@/components/ui/button";

const STEP = 70;
const MOVES: Record<string, readonly [number, number]> = {
  ArrowLeft: [STEP, 0],
  ArrowRight: [-STEP, 0],
  ArrowUp: [0, STEP],
  ArrowDown: [0, -STEP],
};

interface Props {
  onFit: () => void;
  children?: ReactNode;
}

export function GraphControls({ onFit, children }: Props) {
  const flow = useReactFlow();
  return (
    <div className="absolute bottom-2 left-2 z-10 flex rounded-md border bg-panel shadow-sm [&_button]:size-8 [&_button]:rounded-none">
      <Button variant="ghost" size="icon" aria-label="Zoom in" onClick={() => void flow.zoomIn()}>
        <Plus aria-hidden />
      </Button>
      <Button variant="ghost" size="icon" aria-label="Zoom out" onClick={() => void flow.zoomOut()}>
        <Minus aria-hidden />
      </Button>
      <Button variant="ghost" size="icon" aria-label="Show all of it" onClick={onFit}>
        <Maximize aria-hidden />
      </Button>
      {children}
    </div>
  );
}

/** Return what the frame does with keys: arrows move, plus and minus zoom, 0 shows all. */
export function useFrameKeys(onFit: () => void): (event: KeyboardEvent) => void {
  const flow = useReactFlow();
  return (event) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey) return;
    const move = MOVES[event.key];
    if (move) {
      const { x, y, zoom } = flow.getViewport();
      void flow.setViewport({ x: x + move[0], y: y + move[1], zoom });
    } else if (event.key === "+" || event.key === "=") void flow.zoomIn();
    else if (event.key === "-") void flow.zoomOut();
    else if (event.key === "0") onFit();
    else return;
    event.preventDefault();
  };
}
