/** What was, is, and was taken back; pure. */
export interface History<T> {
  past: readonly T[];
  now: T;
  future: readonly T[];
  /** What the newest change was to; changes to the same thing in a row are taken back together. */
  about: string;
}

const MOST = 200;

export function historyOf<T>(now: T): History<T> {
  return { past: [], now, future: [], about: "" };
}

/** Go on to another value; `about` names what is typed into, letter by letter. */
export function change<T>(history: History<T>, now: T, about = ""): History<T> {
  if (now === history.now) return history;
  const together = about !== "" && about === history.about;
  const past = together ? history.past : [...history.past, history.now].slice(-MOST);
  return { past, now, future: [], about };
}

export function undo<T>(history: History<T>): History<T> {
  const before = history.past.at(-1);
  if (before === undefined) return history;
  const future = [history.now, ...history.future];
  return { past: history.past.slice(0, -1), now: before, future, about: "" };
}

export function redo<T>(history: History<T>): History<T> {
  const [after, ...future] = history.future;
  if (after === undefined) return history;
  return { past: [...history.past, history.now], now: after, future, about: "" };
}
