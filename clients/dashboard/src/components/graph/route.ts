/** Lines between nodes, from the corners that the layout chose; pure. */

export interface Point {
  x: number;
  y: number;
}

const RADIUS = 10;

/** Return an SVG path through points, its corners rounded. */
export function pathThrough(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  const parts = [`M ${show(first)}`];
  rest.forEach((point, index) => {
    const before = points[index];
    const after = rest[index + 1];
    if (!before || !after) {
      parts.push(`L ${show(point)}`);
      return;
    }
    const enters = towards(point, before);
    const leaves = towards(point, after);
    parts.push(`L ${show(enters)}`, `Q ${show(point)} ${show(leaves)}`);
  });
  return parts.join(" ");
}

/** Return the point halfway along a line. */
export function middleOf(points: readonly Point[]): Point {
  const lengths = points.slice(1).map((point, index) => distance(points[index] ?? point, point));
  let left = lengths.reduce((sum, each) => sum + each, 0) / 2;
  for (const [index, length] of lengths.entries()) {
    const from = points[index];
    const to = points[index + 1];
    if (!from || !to) break;
    if (left <= length) {
      const share = length ? left / length : 0;
      return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
    }
    left -= length;
  }
  return points.at(-1) ?? { x: 0, y: 0 };
}

/** Return the point a little way from a corner towards another point, at most halfway. */
function towards(corner: Point, other: Point): Point {
  const length = distance(corner, other);
  const share = length ? Math.min(RADIUS, length / 2) / length : 0;
  return { x: corner.x + (other.x - corner.x) * share, y: corner.y + (other.y - corner.y) * share };
}

function distance(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}

function show({ x, y }: Point): string {
  return `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
}
