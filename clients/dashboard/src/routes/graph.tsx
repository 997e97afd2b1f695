/** Graph. */
import { PageHeader } from "@/components/PageHeader";

export default function GraphPage() {
  return <PageHeader title="Graph" />;
}
