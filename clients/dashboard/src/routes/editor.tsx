/** The editor of JSON graphs: of one that is there, or of a new one. */
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";

import { useGraph } from "@/api/graphs";
import { useMay } from "@/api/identity";
import { definitionOf, NEW } from "@/components/graph/editor/definition";
import { Editor } from "@/components/graph/editor/Editor";
import { PageHeader } from "@/components/PageHeader";
import { Empty, Failed, Loading } from "@/components/states";
import { valueOf } from "@/lib/payload";

const route = getRouteApi("/ui/editor");

export default function EditorPage() {
  const { graph: asked = "" } = route.useSearch();
  const navigate = route.useNavigate();
  const may = useMay("run");
  // A new graph that was saved has a name from then on: it is still the one that is edited.
  const [made, setMade] = useState("");
  const opened = asked === made ? "" : asked;
  const { data, error, refetch } = useGraph(opened);
  const saved = (graphId: string) => {
    if (opened || graphId === made) return;
    setMade(graphId);
    void navigate({ search: { graph: graphId }, replace: true, ignoreBlocker: true });
  };
  if (!may)
    return (
      <Without title="Editor">
        <Empty title="Not for this key">Graphs are made by those who may run them.</Empty>
      </Without>
    );
  if (!opened)
    return <Editor key="new" opened={NEW} version={0} onSaved={(it) => saved(it.graphId ?? "")} />;
  // Not for an error later: what is being edited is in there.
  if (!data)
    return (
      <Without title={`Edit ${opened}`}>
        {error ? (
          <Failed error={error} what="load the graph" onRetry={() => void refetch()} />
        ) : (
          <Loading what="the graph" rows={8} />
        )}
      </Without>
    );
  const definition = definitionOf(valueOf(data.definition));
  if (typeof definition === "string")
    return (
      <Without title={`Edit ${opened}`}>
        <Empty title="Nothing to edit here">
          {opened} is written in Python: it is changed in its code.
        </Empty>
      </Without>
    );
  return (
    <Editor
      key={opened}
      opened={definition}
      version={data.version ?? 0}
      onSaved={(it) => saved(it.graphId ?? "")}
    />
  );
}

function Without({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <>
      <PageHeader title={title} />
      {children}
    </>
  );
}
