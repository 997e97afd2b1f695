/** The artifacts of a run: new ones as they come. */
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { Package } from "lucide-react";
import { useEffect, useMemo, useState } from "react";

import { artifactsOf, flat } from "@/api/artifacts";
import { idOf } from "@/api/run-deeds";
import { useRunWatch } from "@/api/run-watch";
import type { Run } from "@/api/types";
import { ArtifactList } from "@/components/artifact/ArtifactList";
import { ArtifactPreview } from "@/components/artifact/ArtifactPreview";
import { More } from "@/components/More";
import { Empty, Failed, Loading } from "@/components/states";
import { Card } from "@/components/ui/card";
import { useScreenCalls } from "@/lib/screen-call";
import { isTerminal } from "@/lib/status";

/** Several that come together are asked for together. */
const SETTLE_MS = 300;

export function RunArtifacts({ run }: { run: Run }) {
  const runId = idOf(run);
  const [chosen, setChosen] = useState("");
  const listed = useInfiniteQuery(artifactsOf(runId));
  useFresh(runId);
  useScreenCalls({
    rpc: "ArtifactService.ListArtifacts",
    request: { runId },
    cli: ["artifacts", "list", "--run", runId],
  });
  if (listed.error && !listed.data)
    return (
      <Failed
        error={listed.error}
        what="load the artifacts"
        onRetry={() => void listed.refetch()}
      />
    );
  if (!listed.data) return <Loading what="artifacts" rows={6} />;
  const found = flat(listed.data);
  if (!found.length)
    return (
      <Empty title={isTerminal(run.status) ? "No artifacts" : "No artifacts yet"} icon={Package}>
        A node leaves one with <code>context.artifacts.save</code>.
      </Empty>
    );
  const shown = found.find((each) => each.artifactId === chosen) ?? found[0];
  return (
    <div className="grid min-w-0 items-start gap-4 lg:grid-cols-[19rem_minmax(0,1fr)]">
      <Card title="Artifacts" flush>
        <div className="max-h-72 overflow-y-auto lg:max-h-[65dvh]">
          <ArtifactList artifacts={found} chosen={shown?.artifactId ?? ""} onChoose={setChosen} />
          <More {...listed} />
        </div>
      </Card>
      {shown && <ArtifactPreview artifact={shown} onDeleted={() => setChosen("")} />}
    </div>
  );
}

/** Read the list again when the run tells of another artifact. */
function useFresh(runId: string): void {
  const client = useQueryClient();
  const { events } = useRunWatch(runId);
  const told = useMemo(
    () => events.reduce((sum, event) => sum + (event.artifactAdded ? 1 : 0), 0),
    [events],
  );
  useEffect(() => {
    if (!told) return;
    const timer = setTimeout(
      () => void client.invalidateQueries({ queryKey: ["artifacts", runId] }),
      SETTLE_MS,
    );
    return () => clearTimeout(timer);
  }, [client, runId, told]);
}
