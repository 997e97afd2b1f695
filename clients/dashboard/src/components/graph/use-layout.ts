/** Layouts for views: computed when the drawing changes; the last one stays until then. */
import { useEffect, useState } from "react";

import type { Drawing } from "@/components/graph/drawing";
import { layoutOf } from "@/components/graph/elk";
import { better } from "@/components/graph/frame";
import { MANY, type Direction, type Layout } from "@/components/graph/layout";

export interface Laid {
  drawing: Drawing;
  layout: Layout;
}

/** Follow the layout of a drawing in a frame; which way it runs is chosen unless it is given. */
export function useLayout(
  drawing: Drawing,
  width: number,
  maxHeight: number,
  direction?: Direction,
): { laid: Laid | null; error: unknown } {
  const [laid, setLaid] = useState<Laid | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    if (!width || !drawing.nodes.length) return;
    let over = false;
    const one = direction ?? (drawing.nodes.length > MANY ? "DOWN" : undefined);
    const made = one
      ? layoutOf(drawing, one)
      : Promise.all([layoutOf(drawing, "RIGHT"), layoutOf(drawing, "DOWN")]).then(([a, b]) =>
          better(a, b, width, maxHeight),
        );
    made.then(
      (layout) => !over && setLaid({ drawing, layout }),
      (thrown: unknown) => !over && setError(thrown),
    );
    return () => {
      over = true;
    };
  }, [drawing, width, maxHeight, direction]);
  return { laid, error };
}
