import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { drawingOf, END, START } from "@/components/graph/drawing";
import { better, heightOf, viewOf } from "@/components/graph/frame";
import { elkGraph, layoutFrom, type Layout } from "@/components/graph/layout";
import { middleOf, pathThrough } from "@/components/graph/route";

describe("the drawing of a graph", () => {
  const drawing = drawingOf({
    nodes: [{ name: "a", tool: "halve", retries: 1, timeout: "30s" }, { name: "b" }],
    edges: [
      { source: START, target: "a" },
      { source: "a", target: "b", conditional: true, label: "yes" },
      { source: "a", target: "gone" },
      { source: "b", target: END },
    ],
  });

  it("has the nodes with what bounds them, and START and END where edges meet them", () => {
    expect(drawing.nodes.map((node) => node.look)).toEqual(["start", "node", "node", "end"]);
    expect(drawing.nodes[1]).toMatchObject({ line: "halve", limits: ["1 retry", "30.0 s"] });
  });

  it("leaves out edges to nodes that are not there", () => {
    expect(drawing.edges.map((edge) => edge.target)).toEqual(["a", "b", END]);
  });

  it("asks for room for labels, for START first and END last", () => {
    const asked = elkGraph(drawing, "RIGHT");
    expect(asked.edges?.map((edge) => edge.labels?.[0]?.text)).toEqual([
      undefined,
      "yes",
      undefined,
    ]);
    const layers = asked.children?.map(
      (node) => node.layoutOptions?.["elk.layered.layering.layerConstraint"],
    );
    expect(layers).toEqual(["FIRST", undefined, undefined, "LAST"]);
  });

  it("takes places and ways from the answer", () => {
    const layout = layoutFrom(
      {
        id: "root",
        width: 300,
        height: 100,
        children: [{ id: "a", x: 10, y: 20 }],
        edges: [
          {
            id: "e0",
            sources: ["a"],
            targets: ["b"],
            sections: [
              {
                id: "s",
                startPoint: { x: 0, y: 0 },
                bendPoints: [{ x: 10, y: 0 }],
                endPoint: { x: 10, y: 10 },
              },
            ],
          },
        ],
      },
      "DOWN",
    );
    expect(layout.nodes.get("a")).toEqual({ x: 10, y: 20 });
    expect(layout.edges.get("e0")?.points).toHaveLength(3);
    expect(layout.edges.get("e0")?.label).toEqual({ x: 10, y: 0 });
  });
});

describe("a way", () => {
  it("is straight between two points and rounded at corners", () => {
    expect(
      pathThrough([
        { x: 0, y: 0 },
        { x: 50, y: 0 },
      ]),
    ).toBe("M 0 0 L 50 0");
    expect(
      pathThrough([
        { x: 0, y: 0 },
        { x: 50, y: 0 },
        { x: 50, y: 50 },
      ]),
    ).toBe("M 0 0 L 40 0 Q 50 0 50 10 L 50 50");
    expect(pathThrough([])).toBe("");
  });

  it("has its middle on it", () => {
    const point = fc.record({ x: fc.integer({ max: 999 }), y: fc.integer({ max: 999 }) });
    fc.assert(
      fc.property(fc.array(point, { minLength: 2, maxLength: 6 }), (points) => {
        const { x, y } = middleOf(points);
        expect(Number.isFinite(x) && Number.isFinite(y)).toBe(true);
        expect(x).toBeGreaterThanOrEqual(Math.min(...points.map((each) => each.x)));
        expect(x).toBeLessThanOrEqual(Math.max(...points.map((each) => each.x)));
      }),
    );
  });
});

describe("a drawing in its frame", () => {
  const layout = (direction: "RIGHT" | "DOWN", width: number, height: number): Layout => ({
    direction,
    width,
    height,
    nodes: new Map([[START, { x: 8, y: 8 }]]),
    edges: new Map(),
  });

  it("runs sideways where there is room, and down on a phone", () => {
    const [sideways, down] = [layout("RIGHT", 900, 100), layout("DOWN", 250, 500)];
    expect(better(sideways, down, 1000, 480)).toBe(sideways);
    expect(better(sideways, down, 350, 480)).toBe(down);
  });

  it("is centred and never larger than it was drawn", () => {
    const small = layout("RIGHT", 200, 60);
    const height = heightOf(small, 1000, 480);
    expect(height).toBeLessThan(200);
    expect(viewOf(small, 1000, height)).toMatchObject({ x: 400, zoom: 1 });
  });

  it("begins at its start, readable, where all of it would be too small", () => {
    const huge = layout("RIGHT", 20_000, 3000);
    const view = viewOf(huge, 1000, 480);
    expect(view.zoom).toBe(0.5);
    expect(view.x).toBe(20);
    expect(viewOf(huge, 1000, 480, true).zoom).toBeLessThan(0.06);
  });
});
