/** Sticks to the end of a list that grows, until one scrolls up. */
import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";

const NEAR = 48;
/** A scroll so long after a key, a wheel or a finger was the reader's. */
const OF_THE_READER_MS = 3000;

export interface Following {
  following: boolean;
  setFollowing: (following: boolean) => void;
  /** For the frame that scrolls. */
  listeners: {
    onScroll: () => void;
    onWheel: () => void;
    onTouchMove: () => void;
    onPointerDown: () => void;
    onKeyDown: () => void;
  };
}

/** Follow the end of the one element that scrolls in a frame. */
export function useFollowing(frame: RefObject<HTMLElement | null>, initially: boolean): Following {
  const [following, set] = useState(initially);
  const before = useRef({ top: 0, height: 0 });
  const touched = useRef(-OF_THE_READER_MS);
  const stick = () => frame.current?.scrollTo({ top: frame.current.scrollHeight });
  const touch = () => {
    touched.current = performance.now();
  };
  useLayoutEffect(() => {
    const content = frame.current?.lastElementChild;
    if (!following || !content) return;
    // Told whenever it has grown, whoever made it grow, and once at the beginning.
    const observer = new ResizeObserver(() => {
      frame.current?.scrollTo({ top: frame.current.scrollHeight });
    });
    observer.observe(content);
    return () => observer.disconnect();
  }, [frame, following]);
  const onScroll = () => {
    const place = frame.current;
    if (!place) return;
    const { scrollTop: top, scrollHeight: height, clientHeight } = place;
    const was = before.current;
    before.current = { top, height };
    const upwards = height >= was.height && top < was.top - 2;
    // Routers, restored positions, lists that became shorter and events that an address points at
    // scroll, too: only a reader means it.
    const meant = performance.now() - touched.current < OF_THE_READER_MS;
    // A scroll bar is held for longer than that.
    if (meant && !following) touch();
    if (upwards && meant) set(false);
    else if (upwards && following) stick();
    else if (meant && top > was.top && height - top - clientHeight < NEAR) set(true);
  };
  useEffect(() => {
    const place = frame.current;
    if (place) before.current = { top: place.scrollTop, height: place.scrollHeight };
  }, [frame]);
  const listeners = {
    onScroll,
    onWheel: touch,
    onTouchMove: touch,
    onPointerDown: touch,
    onKeyDown: touch,
  };
  return { following, setFollowing: set, listeners };
}
