/** The canvas of the editor: nodes are dragged, edges drawn, tools dropped. */
import "@xyflow/react/dist/base.css";
import "@/components/graph/graph.css";

import {
  Background,
  ConnectionMode,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  type NodeChange,
} from "@xyflow/react";
import { LayoutDashboard } from "lucide-react";
import { useCallback, useEffect, useId, useMemo, useState, type DragEvent } from "react";

import { drawingOf, END, START } from "@/components/graph/drawing";
import { TOOL_TYPE } from "@/components/graph/editor/Palette";
import type { Sketch } from "@/components/graph/editor/sketch";
import { flowEdges, flowNodes } from "@/components/graph/flow";
import { viewOf } from "@/components/graph/frame";
import { EDGE_TYPES, NODE_TYPES, useMarkStore } from "@/components/graph/GraphCanvas";
import { GraphControls, useFrameKeys } from "@/components/graph/GraphControls";
import { Arrows, EdgeContext } from "@/components/graph/GraphEdge";
import { DeedContext, type FlowNode } from "@/components/graph/GraphNode";
import { GraphText } from "@/components/graph/GraphText";
import { MarkContext, type Marks } from "@/components/graph/marks";
import type { Point } from "@/components/graph/route";
import { useLayout, type Laid } from "@/components/graph/use-layout";
import { Empty, Failed, Loading } from "@/components/states";
import { Button } from "@/components/ui/button";
import { useWidth } from "@/lib/size";
import { useDark } from "@/lib/theme";

interface Props {
  sketch: Sketch;
  marks: Marks;
  chosen: string;
  onChoose: (id: string) => void;
  /** An edge was drawn; START and END as a definition calls them. */
  onConnect: (source: string, target: string) => void;
  onDelete: () => void;
  /** A tool was dropped; returns the name of its node. */
  onDrop: (tool: string) => string;
}

const HEIGHT = 460;
const NARROW = 640;

export default function EditorCanvas(props: Props) {
  const { sketch, marks, chosen, onChoose } = props;
  const drawing = useMemo(() => drawingOf(sketch.graph), [sketch]);
  const [ref, width] = useWidth();
  const direction = width < NARROW ? "DOWN" : "RIGHT";
  const { laid, error } = useLayout(drawing, width, HEIGHT, direction);
  const store = useMarkStore(marks, chosen);
  const deeds = useMemo(
    () => ({
      open: (id: string) => onChoose(id === START || id === END ? "" : id),
      connectable: true,
    }),
    [onChoose],
  );
  const empty = !sketch.graph.nodes?.length;
  return (
    <div ref={ref} className="relative min-w-0">
      <GraphText drawing={drawing} marks={marks} label="The graph" />
      <MarkContext value={store}>
        <DeedContext value={deeds}>
          {error ? (
            <Failed error={error} what="draw the graph" />
          ) : laid || empty ? (
            <ReactFlowProvider>
              <Frame {...props} laid={empty ? null : laid} width={width} />
            </ReactFlowProvider>
          ) : (
            <Loading what="the drawing" />
          )}
        </DeedContext>
      </MarkContext>
      {empty && (
        <div className="pointer-events-none absolute inset-0 grid place-content-center">
          <Empty title="An empty graph">Drag a tool here, or press Add beside it.</Empty>
        </div>
      )}
    </div>
  );
}

function Frame({ laid, width, onConnect, onDelete, onDrop, onChoose }: Props & FrameProps) {
  const flow = useReactFlow();
  const dark = useDark();
  const arrows = useId();
  const [moved, setMoved] = useState<ReadonlyMap<string, Point>>(() => new Map());
  const nodes = useMemo(() => (laid ? movable(laid, moved) : []), [laid, moved]);
  const edges = useMemo(
    () => (laid ? flowEdges(laid.drawing, laid.layout, moved) : []),
    [laid, moved],
  );
  const edgeContext = useMemo(() => ({ arrows, open: onChoose }), [arrows, onChoose]);
  const layout = laid?.layout;
  const showAll = useCallback(() => {
    if (layout) void flow.setViewport(viewOf(layout, width, HEIGHT, true));
  }, [flow, layout, width]);
  const size = laid?.drawing.nodes.length ?? 0;
  const direction = layout?.direction;
  // What is typed moves nothing; a node more or less does.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  useEffect(() => showAll(), [size, direction, width]);
  const frameKeys = useFrameKeys(showAll);
  const drop = (event: DragEvent) => {
    const tool = event.dataTransfer.getData(TOOL_TYPE);
    if (!tool) return;
    event.preventDefault();
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    const name = onDrop(tool);
    if (laid) setMoved((before) => new Map(before).set(name, at));
  };
  const changed = (changes: NodeChange<FlowNode>[]) => {
    const places = changes.filter((each) => each.type === "position");
    if (!places.some((each) => each.position)) return;
    setMoved((before) => {
      const after = new Map(before);
      for (const { id, position } of places) if (position) after.set(id, position);
      return after;
    });
  };
  return (
    <div
      role="group"
      aria-label="The graph, a drawing; arrows move it, Delete removes what is chosen"
      tabIndex={0}
      style={{ height: HEIGHT }}
      className="relative overflow-hidden rounded-b-lg bg-sunken"
      onKeyDown={(event) => {
        const typed = event.target instanceof HTMLInputElement;
        if (!typed && (event.key === "Delete" || event.key === "Backspace")) onDelete();
        else frameKeys(event);
      }}
      onDragOver={(event) => {
        if (event.dataTransfer.types.includes(TOOL_TYPE)) event.preventDefault();
      }}
      onDrop={drop}
    >
      <Arrows name={arrows} />
      <EdgeContext value={edgeContext}>
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          onNodesChange={changed}
          onConnect={({ source, target }) => onConnect(plain(source), plain(target))}
          onEdgeClick={(_, edge) => onChoose(edge.id)}
          onPaneClick={() => onChoose("")}
          connectionMode={ConnectionMode.Strict}
          connectionRadius={30}
          colorMode={dark ? "dark" : "light"}
          minZoom={0.05}
          maxZoom={2}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          deleteKeyCode={null}
          disableKeyboardA11y
          zoomOnScroll={false}
          zoomOnDoubleClick={false}
          preventScrolling={false}
          proOptions={{ hideAttribution: true }}
        >
          <Background gap={18} size={1.2} color="var(--line)" />
        </ReactFlow>
      </EdgeContext>
      <GraphControls onFit={showAll}>
        <Button
          variant="ghost"
          size="icon"
          aria-label="Arrange"
          title="Arrange"
          onClick={() => {
            setMoved(new Map());
            showAll();
          }}
        >
          <LayoutDashboard aria-hidden />
        </Button>
      </GraphControls>
    </div>
  );
}

interface FrameProps {
  laid: Laid | null;
  width: number;
}

function movable({ drawing, layout }: Laid, moved: ReadonlyMap<string, Point>): FlowNode[] {
  return flowNodes(drawing, layout, moved).map((node) => ({ ...node, draggable: true }));
}

function plain(id: string): string {
  return id === START ? "START" : id === END ? "END" : id;
}
