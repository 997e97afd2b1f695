/** Times and durations as people read them, and as ProtoJSON spells them. */

const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
] as const;

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });

/** Return "3 min. ago", "in 2 hr.", "now". */
export function ago(time: string, now: number): string {
  const seconds = (Date.parse(time) - now) / 1000;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
  return relative.format(Math.trunc(seconds / size), unit);
}

/** Return "850 ms", "12.4 s", "3 min 05 s", "2 h 10 min", "4 d 3 h". */
export function spell(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return "–";
  const ms = Math.max(0, milliseconds);
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Return the milliseconds of a Duration in ProtoJSON, as "1.5s". */
export function milliseconds(duration: string | undefined): number {
  return duration ? Number.parseFloat(duration) * 1000 : 0;
}

/** Return how long something took, or has taken until now. */
export function between(start: string | undefined, end: string | undefined, now: number): number {
  return start ? (end ? Date.parse(end) : now) - Date.parse(start) : Number.NaN;
}

/** Return a local time with its date, to the millisecond. */
export function exact(time: string): string {
  const at = new Date(time);
  const two = (n: number, width = 2) => String(n).padStart(width, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${clock(time)}`;
}

/** Return the local time of day, to the millisecond. */
export function clock(time: string): string {
  const at = new Date(time);
  const two = (n: number, width = 2) => String(n).padStart(width, "0");
  const seconds = `${two(at.getSeconds())}.${two(at.getMilliseconds(), 3)}`;
  return `${two(at.getHours())}:${two(at.getMinutes())}:${seconds}`;
}
