/** JSON values as Python spells them. */

const WIDE = 72;

/** Return a value in Python; long ones over several lines, which begin at `indent`. */
export function literal(value: unknown, indent = ""): string {
  const line = inLine(value);
  if (indent.length + line.length <= WIDE || !isHolder(value)) return line;
  const inner = `${indent}    `;
  const lines = Array.isArray(value)
    ? value.map((each) => `${inner}${literal(each, inner)},\n`)
    : Object.entries(value).map(
        ([key, each]) => `${inner}${text(key)}: ${literal(each, inner)},\n`,
      );
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return `${open}\n${lines.join("")}${indent}${close}`;
}

function inLine(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "None";
  if (typeof value === "string") return text(value);
  if (Array.isArray(value)) return `[${value.map(inLine).join(", ")}]`;
  if (!isHolder(value)) return "None";
  const pairs = Object.entries(value).map(([key, each]) => `${text(key)}: ${inLine(each)}`);
  return `{${pairs.join(", ")}}`;
}

/** Every string of JSON is one of Python's. */
function text(value: string): string {
  return JSON.stringify(value);
}

function isHolder(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
