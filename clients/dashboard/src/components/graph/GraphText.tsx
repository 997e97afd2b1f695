/** A graph in words: what its drawing shows, for those who hear it. */
import type { Drawing } from "@/components/graph/drawing";
import { END, START } from "@/components/graph/drawing";
import type { Marks } from "@/components/graph/marks";

interface Props {
  drawing: Drawing;
  marks: Marks;
  label: string;
}

export function GraphText({ drawing, marks, label }: Props) {
  return (
    <div className="sr-only">
      <table>
        <caption>{label}: nodes</caption>
        <thead>
          <tr>
            <th scope="col">Node</th>
            <th scope="col">What it does</th>
            <th scope="col">What became of it</th>
          </tr>
        </thead>
        <tbody>
          {drawing.nodes
            .filter((node) => node.look === "node")
            .map((node) => {
              const mark = marks.nodes.get(node.id);
              const visits = mark?.visits && mark.visits > 1 ? `${mark.visits} visits` : "";
              return (
                <tr key={node.id}>
                  <th scope="row">{node.name}</th>
                  <td>
                    {[node.tool, node.description, ...node.limits].filter(Boolean).join(", ")}
                  </td>
                  <td>
                    {[mark?.words, visits, mark?.note].filter(Boolean).join(", ") || "nothing"}
                  </td>
                </tr>
              );
            })}
        </tbody>
      </table>
      <ul aria-label={`${label}: edges`}>
        {drawing.edges.map((edge) => {
          const taken = marks.edges.get(edge.id)?.taken;
          return (
            <li key={edge.id}>
              {spelled(edge.source)} to {spelled(edge.target)}
              {edge.conditional && ", if a branch says so"}
              {edge.label && `: ${edge.label}`}
              {taken ? `, taken ${taken} ${taken === 1 ? "time" : "times"}` : ""}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function spelled(id: string): string {
  return id === START ? "START" : id === END ? "END" : id;
}
