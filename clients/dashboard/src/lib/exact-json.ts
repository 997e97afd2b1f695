/**
 * JSON that is read to be sent again: numbers keep their spelling.
 *
 * A number of JavaScript has 53 bits, and 5.0 is 5; the API keeps what it was given, so what only
 * passes through here must not change it either.
 */
interface Context {
  source?: string;
}

declare global {
  interface JSON {
    /** Since 2024 and 2025 in browsers; not in TypeScript's library yet. */
    rawJSON?: (text: string) => unknown;
  }
}

const LONG_NUMBER = /[\d.]{16,}/;

/** Return what a text means; give it to JSON.stringify and numbers are spelled as they were. */
export function parseExact(text: string): unknown {
  const { rawJSON } = JSON;
  if (!rawJSON) {
    if (LONG_NUMBER.test(text))
      throw new Error("This browser would change the large numbers in it: use the command line.");
    return JSON.parse(text);
  }
  return JSON.parse(text, function (_key: string, value: unknown, context?: Context) {
    const source = context?.source;
    if (typeof value !== "number" || source === undefined || source === String(value)) return value;
    return rawJSON.call(JSON, source);
  });
}
