/** Start a run. */
import { PageHeader } from "@/components/PageHeader";

export default function StartPage() {
  return <PageHeader title="Start a run" />;
}
