/** Command lines for POSIX shells: every word is quoted so that it arrives as it is. */

/** A word, or text that is for the shell itself, as `"Authorization: Bearer $RUNWIRE_API_KEY"`. */
export type Word = string | { shell: string };

const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;
const NARROW = 88;

/** Return a word as a shell reads it back. */
export function quote(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** Return a command; each group of words begins a line, unless all fit on one. */
export function command(...groups: readonly (readonly Word[])[]): string {
  const lines = groups
    .filter((group) => group.length > 0)
    .map((group) =>
      group.map((word) => (typeof word === "string" ? quote(word) : word.shell)).join(" "),
    );
  const line = lines.join(" ");
  return line.length <= NARROW && !line.includes("\n") ? line : lines.join(" \\\n  ");
}
