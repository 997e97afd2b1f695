/** The same done to many, a few at a time; one that fails stops no other. */
export interface Failure {
  id: string;
  message: string;
}

export interface Progress {
  done: number;
  of: number;
  failures: readonly Failure[];
}

/** Do something for each id, at most `limit` at once; stop beginning more once the signal says so. */
export async function forEach(
  ids: readonly string[],
  limit: number,
  act: (id: string) => Promise<unknown>,
  tell: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<Progress> {
  const failures: Failure[] = [];
  let next = 0;
  let done = 0;
  const progress = () => ({ done, of: ids.length, failures: [...failures] });
  const lane = async () => {
    for (;;) {
      const id = signal.aborted ? undefined : ids[next++];
      if (id === undefined) return;
      try {
        await act(id);
      } catch (thrown) {
        failures.push({ id, message: thrown instanceof Error ? thrown.message : String(thrown) });
      }
      done += 1;
      tell(progress());
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, ids.length) }, lane));
  return progress();
}
