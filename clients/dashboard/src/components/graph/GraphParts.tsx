/** What the page of a graph shows below its drawing. */
import type { Graph } from "@/api/types";
import { JsonView } from "@/components/JsonEditor";
import { Card } from "@/components/ui/card";
import { Table, Td, Th } from "@/components/ui/table";
import { valueOf } from "@/lib/payload";
import { milliseconds, spell } from "@/lib/time";

export function NodesTable({ graph }: { graph: Graph }) {
  const tools = graph.nodes?.some((node) => node.tool);
  return (
    <Card title="Nodes" flush>
      <Table label="Nodes of the graph">
        <thead>
          <tr>
            <Th>Node</Th>
            {tools && <Th>Tool</Th>}
            <Th>What it does</Th>
            <Th className="text-right">Retries</Th>
            <Th className="text-right">Time limit</Th>
          </tr>
        </thead>
        <tbody>
          {(graph.nodes ?? []).map((node) => (
            <tr key={node.name}>
              <Td className="whitespace-nowrap font-medium">{node.name}</Td>
              {tools && <Td className="whitespace-nowrap font-mono text-[13px]">{node.tool}</Td>}
              <Td className="min-w-52 text-soft">{node.description || "–"}</Td>
              <Td className="text-right tabular-nums">{node.retries ?? 0}</Td>
              <Td className="whitespace-nowrap text-right tabular-nums">
                {node.timeout ? spell(milliseconds(node.timeout)) : "none"}
              </Td>
            </tr>
          ))}
        </tbody>
      </Table>
    </Card>
  );
}

export function SchemaCards({ graph }: { graph: Graph }) {
  const parts = [
    ["Input schema", graph.inputSchema],
    ["State schema", graph.stateSchema],
    ["JSON definition", graph.definition],
  ] as const;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 xl:grid-cols-2">
      {parts.map(
        ([title, payload]) =>
          payload && (
            <Card key={title} title={title}>
              <JsonView value={valueOf(payload)} label={title} />
            </Card>
          ),
      )}
    </div>
  );
}
