/** Workers and queues. */
import { PageHeader } from "@/components/PageHeader";

export default function WorkersPage() {
  return <PageHeader title="Workers and queues" />;
}
