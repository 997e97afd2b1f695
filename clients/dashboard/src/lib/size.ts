/** How wide an element is, as it changes. */
import { useCallback, useEffect, useState, type RefObject } from "react";

/** Give the ref to the element; 0 until it is known. */
export function useWidth(): [(element: HTMLElement | null) => (() => void) | undefined, number] {
  const [width, setWidth] = useState(0);
  const ref = useCallback((element: HTMLElement | null) => {
    if (!element) return undefined;
    setWidth(element.clientWidth);
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}

/** The same for an element whose ref another part holds. */
export function useWidthOf(element: RefObject<HTMLElement | null>): number {
  const [ref, width] = useWidth();
  useEffect(() => ref(element.current), [ref, element]);
  return width;
}
