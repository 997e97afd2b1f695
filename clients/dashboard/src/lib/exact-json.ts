/**
 * JSON that is read to be sent again: numbers keep their spelling.
 *
 * A number of JavaScript has 53 bits, and 5.0 is 5; the API keeps what it was given, so what only
 * passes through here must not change it either. Numbers that would change are read as texts that
 * stand for them, and become numbers again when they are spelled.
 */
export interface Exact {
  value: unknown;
  /** Return a value as JSON, with the numbers of the text as they were in it. */
  spell: (value: unknown) => string;
}

/** A string, which is passed over, or a number. */
const PIECES = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

export function readExact(text: string): Exact {
  // Nobody can write into a text what is made up here and now.
  const mark = `number-${crypto.randomUUID()}:`;
  const marked = text.replace(PIECES, (piece) =>
    piece.startsWith('"') || String(Number(piece)) === piece ? piece : `"${mark}${piece}"`,
  );
  const numbers = new RegExp(`"${mark}([^"]+)"`, "g");
  return {
    value: JSON.parse(marked),
    spell: (value) => JSON.stringify(value).replace(numbers, "$1"),
  };
}
