/** Where times are on an axis, and which of them are written there. */

/** A stretch of time in milliseconds. */
export interface Stretch {
  from: number;
  to: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((each) => each * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((each) => each * MINUTE),
  ...[1, 2, 3, 6, 12].map((each) => each * HOUR),
  ...[1, 2, 7, 14, 28, 91, 364].map((each) => each * DAY),
];
/** Nothing shorter than this is worth looking at: times are told to the microsecond, shown to the millisecond. */
const SHORTEST = 5;

/** Return round times within a stretch, `most` of them at most. */
export function ticksOf({ from, to }: Stretch, most: number): number[] {
  const length = to - from;
  if (!(length > 0) || most < 1) return [];
  const step = STEPS.find((each) => length / each <= most) ?? Math.ceil(length / most / DAY) * DAY;
  const ticks: number[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to && ticks.length <= most; at += step)
    ticks.push(at);
  return ticks;
}

/** Return what is written at a tick: milliseconds since the start. */
export function tickLabel(at: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  if (at === 0) return "0";
  if (at < SECOND) return `${at} ms`;
  if (at < MINUTE) return `${at / SECOND} s`;
  const split = at % SECOND ? `.${String(at % SECOND).padStart(3, "0")}` : "";
  if (at < HOUR) return `${Math.floor(at / MINUTE)}:${two((at % MINUTE) / SECOND)}${split}`;
  const hours = Math.floor((at % DAY) / HOUR);
  const rest = `${two((at % HOUR) / MINUTE)}:${two((at % MINUTE) / SECOND)}${split}`;
  return at < DAY ? `${hours}:${rest}` : `${Math.floor(at / DAY)} d ${hours}:${rest}`;
}

/** Return where a span is within a stretch, in percent, cut at its ends; null if it is outside. */
export function placeOf(
  { from, to }: Stretch,
  start: number,
  end: number,
): { left: number; width: number } | null {
  if (end < from || start > to || !(to > from)) return null;
  const percent = 100 / (to - from);
  const left = (Math.max(start, from) - from) * percent;
  return { left, width: Math.max(0, (Math.min(end, to) - from) * percent - left) };
}

/** Return a stretch that is `factor` times as long, around a point, within the whole. */
export function zoomed(stretch: Stretch, whole: Stretch, factor: number, around?: number): Stretch {
  const length = stretch.to - stretch.from;
  const middle = around ?? stretch.from + length / 2;
  const most = whole.to - whole.from;
  const next = Math.min(most, Math.max(Math.min(SHORTEST, most), length * factor));
  const share = length > 0 ? (middle - stretch.from) / length : 0.5;
  return within({ from: middle - next * share, to: middle + next * (1 - share) }, whole);
}

/** Return a stretch moved by milliseconds, within the whole. */
export function moved({ from, to }: Stretch, whole: Stretch, by: number): Stretch {
  return within({ from: from + by, to: to + by }, whole);
}

function within({ from, to }: Stretch, whole: Stretch): Stretch {
  const length = Math.min(to - from, whole.to - whole.from);
  const begin = Math.min(Math.max(from, whole.from), whole.to - length);
  return { from: begin, to: begin + length };
}
