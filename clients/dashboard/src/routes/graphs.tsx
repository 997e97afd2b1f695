/** Graphs. */
import { PageHeader } from "@/components/PageHeader";

export default function GraphsPage() {
  return <PageHeader title="Graphs" />;
}
