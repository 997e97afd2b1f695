/** Which stretch of a timeline is shown: by buttons and keys, by the wheel, by drawing over it. */
import {
  useEffect,
  useEffectEvent,
  useState,
  type MouseEvent,
  type PointerEvent,
  type RefObject,
} from "react";

import { moved, zoomed, type Stretch } from "@/components/run/timeline-scale";

export interface Zoom {
  view: Stretch;
  /** A part is shown, not all of it. */
  partial: boolean;
  /** What is being drawn over. */
  brush: Stretch | null;
  zoom: (factor: number) => void;
  /** Move by a share of what is shown. */
  shift: (share: number) => void;
  show: (stretch: Stretch | null) => void;
  /** For what is drawn over. */
  pointer: {
    onPointerDown: (event: PointerEvent) => void;
    onPointerMove: (event: PointerEvent) => void;
    onPointerUp: () => void;
    onClickCapture: (event: MouseEvent) => void;
  };
}

/** Less than this is a click that slipped. */
const LEAST_PX = 5;
const WHEEL = 0.002;

/** Zoom a timeline that scrolls in `frame` and whose times run along `axis`. */
export function useZoom(
  frame: RefObject<HTMLElement | null>,
  axis: RefObject<HTMLElement | null>,
  whole: Stretch,
): Zoom {
  const [stretch, setStretch] = useState<Stretch | null>(null);
  const [drawn, setDrawn] = useState<{ from: number; to: number; drawing: boolean } | null>(null);
  const view = stretch ?? whole;
  const length = view.to - view.from;
  const timeAt = (x: number) => {
    const place = axis.current?.getBoundingClientRect();
    return place?.width ? view.from + ((x - place.left) / place.width) * length : view.from;
  };
  const perPixel = () => length / (axis.current?.clientWidth || 1);
  const show = (next: Stretch | null) => setStretch(next && zoomed(next, whole, 1));

  const onWheel = useEffectEvent((event: WheelEvent) => {
    if (event.ctrlKey || event.metaKey)
      setStretch(zoomed(view, whole, Math.exp(event.deltaY * WHEEL), timeAt(event.clientX)));
    else if (event.shiftKey && stretch)
      setStretch(moved(view, whole, (event.deltaY || event.deltaX) * perPixel()));
    else return;
    event.preventDefault();
  });
  useEffect(() => {
    const place = frame.current;
    const listener = (event: WheelEvent) => onWheel(event);
    // React's own listeners may not keep the page from scrolling.
    place?.addEventListener("wheel", listener, { passive: false });
    return () => place?.removeEventListener("wheel", listener);
  }, [frame]);

  const wide =
    drawn !== null && Math.abs(drawn.to - drawn.from) > LEAST_PX * perPixelOf(view, 1000);
  const brush = drawn?.drawing && wide ? ordered(drawn) : null;
  return {
    view,
    partial: stretch !== null,
    brush,
    zoom: (factor) => setStretch(zoomed(view, whole, factor)),
    shift: (share) => setStretch(stretch && moved(stretch, whole, length * share)),
    show,
    pointer: {
      onPointerDown: ({ pointerType, button, clientX }) => {
        const from = axis.current?.getBoundingClientRect().left ?? Infinity;
        // Fingers scroll.
        if (pointerType === "touch" || button !== 0 || clientX < from) return setDrawn(null);
        setDrawn({ from: timeAt(clientX), to: timeAt(clientX), drawing: true });
      },
      onPointerMove: ({ clientX }) => {
        if (drawn?.drawing) setDrawn({ ...drawn, to: timeAt(clientX) });
      },
      onPointerUp: () => {
        if (!drawn?.drawing) return;
        if (brush) show(brush);
        setDrawn({ ...drawn, drawing: false });
      },
      onClickCapture: (event) => {
        // The click that ends a drawing picks nothing.
        if (wide) event.stopPropagation();
        setDrawn(null);
      },
    },
  };
}

function perPixelOf({ from, to }: Stretch, width: number): number {
  return (to - from) / width;
}

function ordered({ from, to }: Stretch): Stretch {
  return { from: Math.min(from, to), to: Math.max(from, to) };
}
