/** Workers and queues. */
import { useFreshWhenRunsMove } from "@/api/workers";
import { PageHeader } from "@/components/PageHeader";
import { Queues } from "@/components/workers/Queues";
import { Workers } from "@/components/workers/Workers";
import { useScreenCalls } from "@/lib/screen-call";

export default function WorkersPage() {
  useFreshWhenRunsMove();
  useScreenCalls(
    { rpc: "AdminService.ListQueues", request: { pageSize: 100 } },
    { rpc: "AdminService.ListWorkers", request: { pageSize: 100 } },
  );
  return (
    <>
      <PageHeader title="Workers and queues" />
      <Queues />
      <Workers />
    </>
  );
}
