/** A graph in React Flow, to look at. Only GraphView imports this file: it is a chunk of its own. */
import "@xyflow/react/dist/base.css";
import "@/components/graph/graph.css";

import {
  Background,
  MiniMap,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  type EdgeTypes,
  type NodeTypes,
} from "@xyflow/react";
import { useCallback, useEffect, useId, useMemo, useState } from "react";

import { drawingOf } from "@/components/graph/drawing";
import { flowEdges, flowNodes } from "@/components/graph/flow";
import { heightOf, viewOf } from "@/components/graph/frame";
import { GraphControls, useFrameKeys } from "@/components/graph/GraphControls";
import { MANY } from "@/components/graph/layout";
import { Arrows, EdgeContext, GraphEdge } from "@/components/graph/GraphEdge";
import { DeedContext, GraphNode } from "@/components/graph/GraphNode";
import { GraphText } from "@/components/graph/GraphText";
import type { GraphViewProps } from "@/components/graph/GraphView";
import { MarkContext, MarkStore, NO_MARKS, type Marks } from "@/components/graph/marks";
import { useLayout, type Laid } from "@/components/graph/use-layout";
import { Failed, Loading } from "@/components/states";
import { useDark } from "@/lib/theme";
import { useWidth } from "@/lib/size";

export const NODE_TYPES: NodeTypes = { node: GraphNode };
export const EDGE_TYPES: EdgeTypes = { edge: GraphEdge };

export default function GraphCanvas(props: GraphViewProps) {
  const { graph, marks, selected = "", maxHeight = 480, onSelect, label } = props;
  const marked = marks !== undefined;
  const drawing = useMemo(() => drawingOf(graph, { marked }), [graph, marked]);
  const [ref, width] = useWidth();
  const { laid, error } = useLayout(drawing, width, maxHeight);
  const shown = marks ?? NO_MARKS;
  const store = useMarkStore(shown, selected);
  const deeds = useMemo(() => ({ open: onSelect }), [onSelect]);
  return (
    <div ref={ref} className="min-w-0">
      <GraphText drawing={drawing} marks={shown} label={label} />
      <MarkContext value={store}>
        <DeedContext value={deeds}>
          {error ? (
            <Failed error={error} what="draw the graph" />
          ) : laid ? (
            <ReactFlowProvider>
              <Frame laid={laid} width={width} maxHeight={maxHeight} label={label} />
            </ReactFlowProvider>
          ) : (
            <Loading what="the drawing" />
          )}
        </DeedContext>
      </MarkContext>
    </div>
  );
}

/** Keep a store of marks told. */
export function useMarkStore(marks: Marks, selected: string): MarkStore {
  const [store] = useState(() => new MarkStore());
  useEffect(() => store.set(marks, selected), [store, marks, selected]);
  return store;
}

interface FrameProps {
  laid: Laid;
  width: number;
  maxHeight: number;
  label: string;
}

function Frame({ laid, width, maxHeight, label }: FrameProps) {
  const { drawing, layout } = laid;
  const flow = useReactFlow();
  const dark = useDark();
  const arrows = useId();
  const height = heightOf(layout, width, maxHeight);
  const nodes = useMemo(() => flowNodes(drawing, layout), [drawing, layout]);
  const edges = useMemo(() => flowEdges(drawing, layout), [drawing, layout]);
  const edgeContext = useMemo(() => ({ arrows }), [arrows]);
  const [first] = useState(() => viewOf(layout, width, height));
  const showAll = useCallback(
    () => void flow.setViewport(viewOf(layout, width, height, true), { duration: 150 }),
    [flow, layout, width, height],
  );
  useEffect(
    () => void flow.setViewport(viewOf(layout, width, height)),
    [flow, layout, width, height],
  );
  const keys = useFrameKeys(showAll);
  // Only those in sight are drawn then, and a small map helps.
  const many = drawing.nodes.length > MANY;
  return (
    <div
      role="group"
      aria-label={`${label}, a drawing; arrows move it, plus and minus zoom`}
      tabIndex={0}
      onKeyDown={keys}
      style={{ height }}
      className="relative overflow-hidden rounded-md bg-sunken"
    >
      <Arrows name={arrows} />
      <EdgeContext value={edgeContext}>
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          defaultViewport={first}
          colorMode={dark ? "dark" : "light"}
          minZoom={0.05}
          maxZoom={2}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          disableKeyboardA11y
          zoomOnScroll={false}
          zoomOnDoubleClick={false}
          preventScrolling={false}
          onlyRenderVisibleElements={many}
          proOptions={{ hideAttribution: true }}
        >
          <Background gap={18} size={1.2} color="var(--line)" />
          {many && (
            <MiniMap pannable zoomable ariaLabel="Map of the graph" className="max-sm:hidden" />
          )}
        </ReactFlow>
      </EdgeContext>
      <GraphControls onFit={showAll} />
    </div>
  );
}
