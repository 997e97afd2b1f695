/** How far an element lies below the top of what it is scrolled in; changes with what is above it. */
import { useLayoutEffect, useState, type RefObject } from "react";

export function useOffsetIn(
  scroller: () => HTMLElement | null,
  element: RefObject<HTMLElement | null>,
): number {
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => {
    const outer = scroller();
    const inner = element.current;
    if (!outer || !inner) return;
    const measure = () => {
      const above = inner.getBoundingClientRect().top - outer.getBoundingClientRect().top;
      setOffset(Math.round(above + outer.scrollTop));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(outer);
    for (const child of outer.children) observer.observe(child);
    return () => observer.disconnect();
  }, [scroller, element]);
  return offset;
}
