/** Sticks to the end of a list that grows, until one scrolls up. */
import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";

const NEAR = 48;

export interface Following {
  following: boolean;
  setFollowing: (following: boolean) => void;
  /** For the frame that scrolls. */
  onScroll: () => void;
}

/** Follow the end of what scrolls in a frame; `grown` is another value whenever there is more of it. */
export function useFollowing(
  frame: RefObject<HTMLElement | null>,
  grown: unknown,
  initially: boolean,
): Following {
  const [following, set] = useState(initially);
  const before = useRef({ top: 0, height: 0 });
  useLayoutEffect(() => {
    if (following) frame.current?.scrollTo({ top: frame.current.scrollHeight });
  }, [frame, following, grown]);
  const onScroll = () => {
    const place = frame.current;
    if (!place) return;
    const { scrollTop: top, scrollHeight: height, clientHeight } = place;
    const was = before.current;
    before.current = { top, height };
    // A list that became shorter moves up by itself; only a reader moves up one that did not.
    if (height >= was.height && top < was.top - 2) set(false);
    else if (top > was.top && height - top - clientHeight < NEAR) set(true);
  };
  useEffect(() => {
    const place = frame.current;
    if (place) before.current = { top: place.scrollTop, height: place.scrollHeight };
  }, [frame]);
  return { following, setFollowing: set, onScroll };
}
