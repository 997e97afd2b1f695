/** A graph: its drawing, its nodes, what it takes and holds, and where it comes from. */
import { useParams } from "@tanstack/react-router";

import { useGraph } from "@/api/graphs";
import { GraphView } from "@/components/graph/GraphView";
import { PageHeader } from "@/components/PageHeader";
import { Failed, Loading } from "@/components/states";
import { Card } from "@/components/ui/card";

export default function GraphPage() {
  const { graphId } = useParams({ from: "/ui/graphs/$graphId" });
  const { data, error, isPending } = useGraph(graphId);
  return (
    <>
      <PageHeader title={graphId} mono />
      <Card title="Drawing" flush>
        {error ? (
          <Failed error={error} what="load the graph" />
        ) : isPending ? (
          <Loading what="the graph" />
        ) : (
          <GraphView graph={data} label={`Graph ${graphId}`} />
        )}
      </Card>
    </>
  );
}
