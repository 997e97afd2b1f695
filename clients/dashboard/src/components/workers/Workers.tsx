/** The workers: where they are, what they take, what they hold and for how long. */
import { Cpu } from "lucide-react";

import { useWorkers } from "@/api/workers";
import { More } from "@/components/More";
import { Empty, Failed, Loading } from "@/components/states";
import { WorkerCard } from "@/components/workers/WorkerCard";

export function Workers() {
  const query = useWorkers();
  const workers = query.data?.pages.flatMap((page) => page.workers ?? []) ?? [];
  return (
    <section aria-label="Workers" className="grid gap-3">
      <h2 className="text-sm font-semibold">
        Workers {workers.length > 0 && <span className="text-soft">({workers.length})</span>}
      </h2>
      {query.isPending && <Loading what="the workers" className="p-0" />}
      {query.isError && !query.data && (
        <Failed error={query.error} what="load the workers" onRetry={() => void query.refetch()} />
      )}
      {query.isSuccess && workers.length === 0 && (
        <div className="rounded-lg border bg-panel">
          <Empty title="No worker is alive" icon={Cpu}>
            Runs wait until one is: start one with{" "}
            <code className="font-mono text-ink">runwire worker</code>, or the server without{" "}
            <code className="font-mono text-ink">--no-worker</code>.
          </Empty>
        </div>
      )}
      <ul className="grid gap-3 lg:grid-cols-2 2xl:grid-cols-3">
        {workers.map((worker) => (
          <WorkerCard key={worker.workerId} worker={worker} />
        ))}
      </ul>
      <More {...query} />
    </section>
  );
}
