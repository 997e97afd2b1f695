/** Sizes as people type them. */

const SIZE = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?$/i;
const POWERS = ["", "k", "m", "g", "t"];

/** Return the bytes of "500 MB", "2GiB" or "1000"; 0 for nothing, undefined for what is no size. */
export function bytesOf(text: string): number | undefined {
  if (!text.trim()) return 0;
  const [, amount, letter = "", binary] = SIZE.exec(text.trim()) ?? [];
  if (amount === undefined || (binary && !letter)) return undefined;
  return Math.round(
    Number(amount) * (binary ? 1024 : 1000) ** POWERS.indexOf(letter.toLowerCase()),
  );
}

/** Return a size so that `bytesOf` reads it back; empty for none. */
export function sizeOf(bytes: number): string {
  if (!bytes) return "";
  for (const [base, mark] of [
    [1024, "iB"],
    [1000, "B"],
  ] as const)
    for (const [power, letter] of [...POWERS.entries()].reverse())
      if (power && bytes % base ** power === 0)
        return `${bytes / base ** power} ${letter.toUpperCase()}${mark}`;
  return `${bytes} B`;
}
