/** Artifacts. */
import { PageHeader } from "@/components/PageHeader";

export default function ArtifactsPage() {
  return <PageHeader title="Artifacts" />;
}
