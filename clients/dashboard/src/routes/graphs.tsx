/** Graphs: what runs can be made of, drawn small. */
import { Link } from "@tanstack/react-router";
import { Boxes, Plus } from "lucide-react";
import { useState } from "react";

import { useGraphs } from "@/api/graphs";
import { useMay } from "@/api/identity";
import { GraphCard } from "@/components/graph/GraphCard";
import { kindOf } from "@/components/graph/kind";
import { More } from "@/components/More";
import { PageHeader } from "@/components/PageHeader";
import { Empty, Failed, Loading } from "@/components/states";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/input";
import { useScreenCalls } from "@/lib/screen-call";

export default function GraphsPage() {
  const graphs = useGraphs();
  const mayWrite = useMay("run");
  const [wanted, setWanted] = useState("");
  useScreenCalls({ rpc: "GraphService.ListGraphs", request: {}, cli: ["graphs", "list"] });
  const all = graphs.data?.pages.flatMap((page) => page.graphs ?? []) ?? [];
  const word = wanted.trim().toLowerCase();
  const shown = all.filter((graph) =>
    [
      graph.graphId,
      graph.description,
      kindOf(graph),
      ...(graph.nodes ?? []).map((each) => each.name),
    ]
      .join("\n")
      .toLowerCase()
      .includes(word),
  );
  return (
    <>
      <PageHeader
        title="Graphs"
        actions={
          mayWrite && (
            <Button asChild variant="primary">
              <Link to="/ui/editor" search={{ graph: undefined }}>
                <Plus aria-hidden />
                New graph
              </Link>
            </Button>
          )
        }
      />
      {all.length > 0 && (
        <Input
          type="search"
          aria-label="Search graphs"
          placeholder="Search by name, node or description"
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
          className="max-w-md"
        />
      )}
      {graphs.isError ? (
        <Failed error={graphs.error} what="load the graphs" onRetry={() => void graphs.refetch()} />
      ) : graphs.isPending ? (
        <Loading what="the graphs" rows={6} />
      ) : !all.length ? (
        <Empty title="No graphs yet" icon={Boxes}>
          Serve some with <code className="font-mono">runwire serve my_graph.py:graph</code>, or
          build one here over the registered tools.
        </Empty>
      ) : !shown.length ? (
        <Empty title="No graph matches">Nothing is called “{wanted}”, and no node is.</Empty>
      ) : (
        <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,20rem),1fr))] gap-3">
          {shown.map((graph) => (
            <GraphCard key={graph.graphId} graph={graph} />
          ))}
        </ul>
      )}
      <More {...graphs} />
    </>
  );
}
