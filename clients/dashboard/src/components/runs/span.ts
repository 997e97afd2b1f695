/** Spans of time as an address spells them: `15m`, `24h`. */
export interface Span {
  count: number;
  unit: Unit;
}

type Unit = keyof typeof UNITS;

const UNITS = {
  s: { ms: 1000, word: "second" },
  m: { ms: 60_000, word: "minute" },
  h: { ms: 3_600_000, word: "hour" },
  d: { ms: 86_400_000, word: "day" },
} as const;

const isUnit = (text: string): text is Unit => text in UNITS;

/** Return the span that a text means, if any. */
export function spanOf(text: string | undefined): Span | undefined {
  const [, count, unit] = /^(\d{1,4})([smhd])$/.exec(text ?? "") ?? [];
  if (!count || !unit || !isUnit(unit)) return undefined;
  return { count: Number(count), unit };
}

export function milliseconds(span: Span | undefined): number {
  return span ? span.count * UNITS[span.unit].ms : 0;
}

/** Return "last hour", "last 15 minutes". */
export function spoken(text: string | undefined): string {
  const span = spanOf(text);
  if (!span) return "any time";
  const { word } = UNITS[span.unit];
  return span.count === 1 ? `last ${word}` : `last ${span.count} ${word}s`;
}

/** Return a span as a Duration in ProtoJSON. */
export function duration(text: string): string {
  return `${milliseconds(spanOf(text)) / 1000}s`;
}
