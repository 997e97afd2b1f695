/** Schedules. */
import { PageHeader } from "@/components/PageHeader";

export default function SchedulesPage() {
  return <PageHeader title="Schedules" />;
}
