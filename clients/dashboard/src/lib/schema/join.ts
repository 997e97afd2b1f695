/** Paths of values in a request, spelled as the server's violations spell them. */

const PLAIN = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** Return the path of a member: `spec.input.rows[0].name`, or `spec.input.tags["a b"]`. */
export function join(path: string, part: string | number): string {
  if (typeof part === "number") return `${path}[${part}]`;
  if (!PLAIN.test(part)) return `${path}[${JSON.stringify(part)}]`;
  return path ? `${path}.${part}` : part;
}

/** Whether a path is another one, or of something in it. */
export function within(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);
}
