/** Paths of values in a request, spelled as the server's violations spell them. */

/** Return the path of a member: `spec.input.rows[0].name`. */
export function join(path: string, part: string | number): string {
  if (typeof part === "number") return `${path}[${part}]`;
  return path ? `${path}.${part}` : part;
}
