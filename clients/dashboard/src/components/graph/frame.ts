/** How a drawing stands in its frame: which way it runs, how high the frame is, how large it is; pure. */
import { START } from "@/components/graph/drawing";
import type { Layout } from "@/components/graph/layout";

export interface View {
  x: number;
  y: number;
  zoom: number;
}

const MARGIN = 20;
/** Room for the buttons below the drawing. */
const BELOW = 28;
const LOWEST = 170;
/** Smaller than this nobody can read it: then it begins at its start and is panned. */
const READABLE = 0.5;

/** Return the layout that can be shown larger; sideways if that is nearly as large. */
export function better(sideways: Layout, down: Layout, width: number, maxHeight: number): Layout {
  const across = scaleOf(sideways, width, maxHeight);
  return across * 1.2 >= scaleOf(down, width, maxHeight) ? sideways : down;
}

/** Return the height of a frame that holds the drawing, at most `maxHeight`. */
export function heightOf(layout: Layout, width: number, maxHeight: number): number {
  const zoom = Math.max(READABLE, scaleOf(layout, width, maxHeight));
  return Math.round(
    Math.min(maxHeight, Math.max(LOWEST, layout.height * zoom + 2 * MARGIN + BELOW)),
  );
}

/** Return the view that shows all of a drawing, or where it begins if all would be too small. */
export function viewOf(layout: Layout, width: number, height: number, all = false): View {
  const fitting = scaleOf(layout, width, height);
  const zoom = all ? fitting : Math.max(READABLE, fitting);
  const start = layout.nodes.get(START);
  const sideways = layout.direction === "RIGHT";
  return {
    x: offset(layout.width, width, zoom, sideways ? 0 : (start?.x ?? 0)),
    y: offset(layout.height, height - BELOW, zoom, sideways ? (start?.y ?? 0) : 0),
    zoom,
  };
}

function scaleOf(layout: Layout, width: number, height: number): number {
  const across = (width - 2 * MARGIN) / Math.max(1, layout.width);
  const down = (height - 2 * MARGIN - BELOW) / Math.max(1, layout.height);
  return Math.max(0.05, Math.min(1, across, down));
}

/** Centre what fits; of what does not, show the part about `focus`. */
function offset(size: number, room: number, zoom: number, focus: number): number {
  const over = size * zoom - (room - 2 * MARGIN);
  if (over <= 0) return (room - size * zoom) / 2;
  return MARGIN - Math.min(over, Math.max(0, focus * zoom - room / 2 + MARGIN));
}
