/** CSV as rows, in this thread: a worker made from a blob is not among what the policy allows. */
import Papa from "papaparse";

export interface Rows {
  head: readonly string[];
  rows: readonly (readonly string[])[];
  /** There are more than are shown. */
  more: boolean;
  /** What could not be read, in words; empty if nothing. */
  trouble: string;
}

const MAX_ROWS = 100_000;
const MAX_COLUMNS = 200;

/** Return the rows of CSV; `whole` is false if the text ends anywhere, its last row is left out then. */
export function rowsOf(text: string, whole: boolean): Rows {
  const { data, errors, meta } = Papa.parse<string[]>(text.replace(/^\uFEFF/, ""), {
    skipEmptyLines: true,
    preview: MAX_ROWS + 1,
  });
  const read = whole || meta.truncated ? data : data.slice(0, -1);
  const [head = [], ...rows] = read.map((row) => row.slice(0, MAX_COLUMNS));
  // Without a delimiter it is one column, which is fine.
  const trouble = errors.find((each) => each.code !== "UndetectableDelimiter");
  return {
    head,
    rows,
    more: meta.truncated || !whole,
    trouble: trouble ? `Row ${(trouble.row ?? 0) + 1}: ${trouble.message}` : "",
  };
}
