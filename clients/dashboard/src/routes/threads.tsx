/** Threads. */
import { PageHeader } from "@/components/PageHeader";

export default function ThreadsPage() {
  return <PageHeader title="Threads" />;
}
