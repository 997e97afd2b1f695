/** Storage. */
import { PageHeader } from "@/components/PageHeader";

export default function StoragePage() {
  return <PageHeader title="Storage" />;
}
