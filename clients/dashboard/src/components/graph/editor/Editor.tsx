/** The editor of a JSON graph: palette, canvas, the panel of what is chosen, problems, and JSON. */
import { Link, useBlocker } from "@tanstack/react-router";
import { Play, Redo2, Save, Undo2, X } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { toast } from "sonner";

import { asApiError } from "@/api/errors";
import { useSaveGraph } from "@/api/graphs";
import type { Graph } from "@/api/types";
import { BranchForm } from "@/components/graph/editor/BranchForm";
import type { Definition } from "@/components/graph/editor/definition";
import { addEdge, addNode, removeNode, removeWay } from "@/components/graph/editor/edits";
import { marksOfFaults } from "@/components/graph/editor/faults";
import { GraphForm } from "@/components/graph/editor/GraphForm";
import { JsonTab } from "@/components/graph/editor/JsonTab";
import { NodeForm } from "@/components/graph/editor/NodeForm";
import { Palette } from "@/components/graph/editor/Palette";
import { Problems } from "@/components/graph/editor/Problems";
import { useEditor, type Editing } from "@/components/graph/editor/use-editor";
import { WayForm } from "@/components/graph/editor/WayForm";
import { PageHeader } from "@/components/PageHeader";
import { Loading } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Confirm } from "@/components/ui/dialog";
import { Tab, TabList, TabPanel, Tabs } from "@/components/ui/tabs";
import { useScreenCalls } from "@/lib/screen-call";
import { useShortcut } from "@/lib/shortcuts";

const EditorCanvas = lazy(() => import("@/components/graph/editor/EditorCanvas"));

interface Props {
  opened: Definition;
  /** The newest version there is; 0 for a graph that is new. */
  version: number;
  onSaved: (graph: Graph) => void;
}

export function Editor({ opened, version, onSaved }: Props) {
  const editing = useEditor(opened);
  const { definition, chosen, choose, edit, sketch } = editing;
  const [saved, setSaved] = useState({ definition: opened, version });
  const dirty = saved.definition !== definition;
  useScreenCalls({
    rpc: "GraphService.CreateGraph",
    request: { definition: { json: definition } },
    cli: ["graphs", "create", "@graph.json"],
  });
  const latest = useRef(editing);
  useEffect(() => {
    latest.current = editing;
  });
  const connect = useCallback((source: string, target: string) => {
    const { definition, edit } = latest.current;
    edit(addEdge(definition, source, target));
  }, []);
  const drop = useCallback((tool: string) => {
    const { definition, edit, choose } = latest.current;
    const [after, name] = addNode(definition, tool);
    edit(after);
    choose(name);
    return name;
  }, []);
  const remove = () => {
    const way = sketch.ways.find((each) => each.id === chosen);
    if (way) edit(removeWay(definition, way.place));
    else if (chosen) edit(removeNode(definition, chosen));
  };
  const { faults } = editing.check;
  const marks = useMemo(() => marksOfFaults(faults, sketch.ways), [faults, sketch]);
  return (
    <>
      <PageHeader
        title={version ? `Edit ${opened.graph_id}` : "New graph"}
        above={<Link to="/ui/graphs">Graphs</Link>}
        actions={
          <Actions
            editing={editing}
            dirty={dirty}
            version={saved.version}
            onSaved={(graph, what) => {
              setSaved({ definition: what, version: graph.version ?? 0 });
              onSaved(graph);
            }}
          />
        }
      />
      <Leaving dirty={dirty} />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[14rem_minmax(0,1fr)_20rem]">
        <Palette onAdd={drop} />
        <div className="grid min-w-0 gap-4 max-lg:order-first">
          <section aria-label="Definition" className="min-w-0 rounded-lg border bg-panel">
            <Tabs defaultValue="drawing">
              <TabList aria-label="Drawing or JSON" className="px-2">
                <Tab value="drawing">Drawing</Tab>
                <Tab value="json">JSON</Tab>
              </TabList>
              <TabPanel value="drawing" className="pt-0">
                <Suspense fallback={<Loading what="the canvas" rows={8} />}>
                  <EditorCanvas
                    sketch={sketch}
                    marks={marks}
                    chosen={chosen}
                    onChoose={choose}
                    onConnect={connect}
                    onDelete={remove}
                    onDrop={drop}
                  />
                </Suspense>
              </TabPanel>
              <TabPanel value="json" className="pt-0">
                <JsonTab definition={definition} onChange={(to) => edit(to, "json")} />
              </TabPanel>
            </Tabs>
          </section>
          <Problems editing={editing} />
        </div>
        <Chosen editing={editing} named={saved.version > 0} />
      </div>
    </>
  );
}

function Chosen({ editing, named }: { editing: Editing; named: boolean }) {
  const { chosen, choose, sketch, definition } = editing;
  const way = sketch.ways.find((each) => each.id === chosen);
  const close = (
    <Button
      variant="ghost"
      size="icon"
      className="-mr-2 size-7"
      aria-label="Back to the graph"
      onClick={() => choose("")}
    >
      <X aria-hidden />
    </Button>
  );
  if (way && "branch" in way.place)
    return (
      <Card title="Branch" actions={close}>
        <BranchForm key={way.place.branch} editing={editing} index={way.place.branch} />
      </Card>
    );
  if (way)
    return (
      <Card title="Edge" actions={close}>
        <WayForm editing={editing} way={way} />
      </Card>
    );
  if (chosen && Object.hasOwn(definition.nodes, chosen))
    return (
      <Card title="Node" actions={close}>
        <NodeForm key={chosen} editing={editing} name={chosen} />
      </Card>
    );
  return (
    <Card title="Graph">
      <GraphForm editing={editing} named={named} />
    </Card>
  );
}

interface ActionsProps {
  editing: Editing;
  dirty: boolean;
  version: number;
  onSaved: (graph: Graph, what: Definition) => void;
}

function Actions({ editing, dirty, version, onSaved }: ActionsProps) {
  const { definition, check } = editing;
  const save = useSaveGraph();
  const may = dirty && check.state === "right" && !save.isPending;
  const keep = () =>
    save.mutate(definition, {
      onSuccess: (graph) => {
        toast.success(`Saved as version ${graph.version ?? 0}`);
        onSaved(graph, definition);
      },
      onError: (error) => toast.error(asApiError(error).message),
    });
  useShortcut("mod+z", "Take back", () => editing.undo?.(), !!editing.undo);
  useShortcut("mod+shift+z", "Do again", () => editing.redo?.(), !!editing.redo);
  useShortcut("mod+s", "Save the graph", keep, may);
  return (
    <>
      <span role="status" className="text-[13px] text-soft">
        {dirty ? "Not saved" : version ? `Version ${version}` : ""}
      </span>
      <Button
        variant="ghost"
        size="icon"
        aria-label="Undo"
        disabled={!editing.undo}
        onClick={editing.undo}
      >
        <Undo2 aria-hidden />
      </Button>
      <Button
        variant="ghost"
        size="icon"
        aria-label="Redo"
        disabled={!editing.redo}
        onClick={editing.redo}
      >
        <Redo2 aria-hidden />
      </Button>
      {version > 0 && !dirty && (
        <Button asChild>
          <Link
            to="/ui/start"
            search={{ graph: definition.graph_id, from: undefined, thread: undefined }}
          >
            <Play aria-hidden />
            Run it
          </Link>
        </Button>
      )}
      <Button variant="primary" disabled={!may} onClick={keep}>
        <Save aria-hidden />
        Save
      </Button>
    </>
  );
}

/** Asks before changes are lost. */
function Leaving({ dirty }: { dirty: boolean }) {
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: () => dirty,
    enableBeforeUnload: () => dirty,
    withResolver: true,
  });
  return (
    <Confirm
      open={status === "blocked"}
      onOpenChange={(open) => !open && reset?.()}
      title="Leave without saving?"
      description="What was changed in this graph since it was saved will be lost."
      deed="Leave"
      danger
      onConfirm={() => proceed?.()}
    />
  );
}
