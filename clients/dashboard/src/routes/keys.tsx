/** Keys and audit. */
import { PageHeader } from "@/components/PageHeader";

export default function KeysPage() {
  return <PageHeader title="Keys and audit" />;
}
