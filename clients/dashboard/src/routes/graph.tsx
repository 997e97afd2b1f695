/** A graph: its drawing, its nodes, what it takes and holds, its versions. */
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { Pencil, Play, Trash2 } from "lucide-react";
import { useState } from "react";
import { toast } from "sonner";

import { asApiError } from "@/api/errors";
import { useDeleteGraph, useGraph } from "@/api/graphs";
import { useMay } from "@/api/identity";
import type { Graph } from "@/api/types";
import { Counts } from "@/components/graph/GraphCard";
import { NodesTable, SchemaCards } from "@/components/graph/GraphParts";
import { GraphView } from "@/components/graph/GraphView";
import { isJson, kindOf } from "@/components/graph/kind";
import { PageHeader } from "@/components/PageHeader";
import { Failed, Loading } from "@/components/states";
import { Timestamp } from "@/components/Timestamp";
import { Button } from "@/components/ui/button";
import { Card, Fact, Facts } from "@/components/ui/card";
import { Confirm } from "@/components/ui/dialog";
import { Select } from "@/components/ui/input";
import { useScreenCalls } from "@/lib/screen-call";

const MOST_VERSIONS = 500;

export default function GraphPage() {
  const { graphId } = useParams({ from: "/ui/graphs/$graphId" });
  return <OfGraph key={graphId} graphId={graphId} />;
}

function OfGraph({ graphId }: { graphId: string }) {
  const [version, setVersion] = useState(0);
  const newest = useGraph(graphId);
  const chosen = useGraph(graphId, version);
  const request = version ? { graphId, version } : { graphId };
  useScreenCalls({ rpc: "GraphService.GetGraph", request, cli: ["graphs", "get", graphId] });
  const error = chosen.data ? null : (newest.error ?? chosen.error);
  const back = <Link to="/ui/graphs">Graphs</Link>;
  if (error || !newest.data)
    return (
      <>
        <PageHeader title={graphId} mono above={back} />
        {error ? (
          <Failed error={error} what="load the graph" onRetry={() => void newest.refetch()} />
        ) : (
          <Loading what="the graph" rows={8} />
        )}
      </>
    );
  const graph = chosen.data ?? newest.data;
  return (
    <>
      <PageHeader
        title={graphId}
        mono
        above={back}
        actions={<GraphActions graph={newest.data} />}
      />
      {graph.description && <p className="max-w-prose text-sm text-soft">{graph.description}</p>}
      <Facts>
        <Fact name="Kind">{kindOf(graph)}</Fact>
        {newest.data.version ? (
          <Fact name="Version">
            <Versions newest={newest.data.version} chosen={version} onChoose={setVersion} />
          </Fact>
        ) : null}
        {graph.createTime && (
          <Fact name="Created">
            <Timestamp time={graph.createTime} />
          </Fact>
        )}
        <Fact name="Nodes">{graph.nodes?.length ?? 0}</Fact>
        <Fact name="Runs">
          <Counts graphId={graphId} />
        </Fact>
      </Facts>
      <Card title="Drawing" flush>
        <GraphView graph={graph} label={`Graph ${graphId}`} maxHeight={560} />
      </Card>
      <NodesTable graph={graph} />
      <SchemaCards graph={graph} />
    </>
  );
}

interface VersionsProps {
  newest: number;
  chosen: number;
  onChoose: (version: number) => void;
}

function Versions({ newest, chosen, onChoose }: VersionsProps) {
  if (newest === 1) return 1;
  const first = Math.max(1, newest - MOST_VERSIONS + 1);
  return (
    <Select
      aria-label="Version"
      value={chosen || newest}
      onChange={(event) => onChoose(Number(event.target.value))}
      className="h-8 w-auto"
    >
      {Array.from({ length: newest - first + 1 }, (_, index) => newest - index).map((each) => (
        <option key={each} value={each}>
          {each}
          {each === newest ? ", the newest" : ""}
        </option>
      ))}
    </Select>
  );
}

function GraphActions({ graph }: { graph: Graph }) {
  const mayRun = useMay("run");
  const [asks, setAsks] = useState(false);
  const remove = useDeleteGraph();
  const navigate = useNavigate();
  const graphId = graph.graphId ?? "";
  if (!mayRun) return null;
  const confirmed = () =>
    remove.mutate(graphId, {
      onSuccess: () => {
        toast.success(`Graph ${graphId} is deleted`);
        void navigate({ to: "/ui/graphs" });
      },
      onError: (error) => toast.error(asApiError(error).message),
    });
  return (
    <>
      {isJson(graph) && (
        <>
          <Button variant="ghost" onClick={() => setAsks(true)}>
            <Trash2 aria-hidden />
            Delete
          </Button>
          <Button asChild>
            <Link to="/ui/editor" search={{ graph: graphId }}>
              <Pencil aria-hidden />
              Edit
            </Link>
          </Button>
          <Confirm
            open={asks}
            onOpenChange={setAsks}
            title={`Delete ${graphId}?`}
            description="Every version of it will be gone. Its runs stay; unfinished ones go on."
            deed="Delete the graph"
            danger
            busy={remove.isPending}
            onConfirm={confirmed}
          />
        </>
      )}
      <Button asChild variant="primary">
        <Link to="/ui/start" search={{ graph: graphId, from: undefined, thread: undefined }}>
          <Play aria-hidden />
          Start a run
        </Link>
      </Button>
    </>
  );
}
