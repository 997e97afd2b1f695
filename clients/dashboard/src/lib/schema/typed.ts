/** Between what is typed and values. */
import { pretty } from "@/lib/payload";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Return the number that is typed; what is none stays text, which the schema then refuses. */
export function numberOf(typed: string): number | string | undefined {
  const text = typed.trim();
  if (!text) return undefined;
  return NUMBER.test(text) ? Number(text) : typed;
}

/** Return what a field for text or numbers shows of a value. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** JSON as it is typed: the value, or what is wrong with it. */
export type Parsed = { value: unknown; fault?: undefined } | { value?: undefined; fault: string };

/** Return what JSON text says; nothing typed is no value. */
export function parsed(text: string): Parsed {
  if (!text.trim()) return { value: undefined };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (thrown) {
    return { fault: `This is no JSON: ${thrown instanceof Error ? thrown.message : "?"}` };
  }
}

/** Whether text still says a value: then an editor leaves it as it was typed. */
export function says(text: string, value: unknown): boolean {
  const found = parsed(text);
  return found.fault === undefined && pretty(found.value) === pretty(value);
}
