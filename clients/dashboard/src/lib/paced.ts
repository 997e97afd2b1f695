/** Does something soon after it was asked for, but no more often than so; never twice at once. */
export interface Paced {
  /** Have it done; asking again before it begins changes nothing. */
  ask: () => void;
  stop: () => void;
}

export interface Pace {
  /** Between the first wish and the deed: what comes meanwhile is done with it. */
  soonMs: number;
  /** Between the end of one and the begin of the next. */
  restMs: number;
}

export function paced(act: () => unknown, { soonMs, restMs }: Pace): Paced {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let busy = false;
  let wanted = false;
  let stopped = false;
  let restedAt = 0;

  const ask = () => {
    if (stopped) return;
    wanted = true;
    if (busy || timer !== undefined) return;
    timer = setTimeout(() => void go(), Math.max(soonMs, restedAt - Date.now()));
  };
  const go = async () => {
    timer = undefined;
    wanted = false;
    busy = true;
    try {
      await act();
    } finally {
      busy = false;
      restedAt = Date.now() + restMs;
      if (wanted) ask();
    }
  };
  const stop = () => {
    stopped = true;
    clearTimeout(timer);
  };
  return { ask, stop };
}
