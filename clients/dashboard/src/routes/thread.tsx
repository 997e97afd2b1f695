/** Thread. */
import { PageHeader } from "@/components/PageHeader";

export default function ThreadPage() {
  return <PageHeader title="Thread" />;
}
