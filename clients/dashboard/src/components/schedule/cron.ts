/** Crons in words. The server decides what is one; this says what it will be taken for. */
import cronstrue from "cronstrue";

const FIELDS = 5;

/** Return a cron in words; null where it is none. */
export function cronWords(cron: string): string | null {
  const text = cron.trim();
  // The library also reads seconds and years, which the server does not.
  if (!text.startsWith("@") && text.split(/\s+/).length !== FIELDS) return null;
  try {
    return cronstrue.toString(text, { use24HourTimeFormat: true });
  } catch {
    return null;
  }
}
