/** Editor. */
import { PageHeader } from "@/components/PageHeader";

export default function EditorPage() {
  return <PageHeader title="Editor" />;
}
