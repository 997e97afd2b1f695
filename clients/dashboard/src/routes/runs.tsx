/** Runs. */
import { PageHeader } from "@/components/PageHeader";

export default function RunsPage() {
  return <PageHeader title="Runs" />;
}
