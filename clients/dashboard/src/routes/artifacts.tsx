/** Artifacts: what runs left behind and what people brought, to look at and to download. */
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Package } from "lucide-react";
import { useState } from "react";

import { artifact as artifactQuery, artifactsOf, flat } from "@/api/artifacts";
import { useMay } from "@/api/identity";
import { ArtifactList } from "@/components/artifact/ArtifactList";
import { ArtifactPreview } from "@/components/artifact/ArtifactPreview";
import { KINDS, kindOf } from "@/components/artifact/kind";
import { DropZone, UploadButton, useUpload } from "@/components/artifact/Upload";
import { More } from "@/components/More";
import { PageHeader } from "@/components/PageHeader";
import { Empty, Failed, Loading } from "@/components/states";
import { Card } from "@/components/ui/card";
import { Input, Select } from "@/components/ui/input";
import { useScreenCalls } from "@/lib/screen-call";

const route = getRouteApi("/ui/artifacts");

export default function ArtifactsPage() {
  const { artifact = "", run = "", q = "", kind } = route.useSearch();
  const navigate = route.useNavigate();
  const may = useMay("run");
  const listed = useInfiniteQuery(artifactsOf(run));
  const choose = (artifactId: string | undefined) =>
    void navigate({
      search: (before) => ({ ...before, artifact: artifactId }),
      resetScroll: false,
    });
  const upload = useUpload(choose);
  useScreenCalls(
    {
      rpc: "ArtifactService.ListArtifacts",
      request: run ? { runId: run } : {},
      cli: ["artifacts", "list", ...(run ? ["--run", run] : [])],
    },
    ...(artifact
      ? [
          {
            rpc: "ArtifactService.GetArtifact",
            request: { artifactId: artifact },
            cli: ["artifacts", "get", artifact],
          },
        ]
      : []),
  );
  const all = flat(listed.data);
  const words = q.toLowerCase();
  const found = all.filter(
    (each) =>
      (!kind || kindOf(each) === kind) &&
      `${each.filename ?? ""} ${each.artifactId ?? ""}`.toLowerCase().includes(words),
  );
  return (
    <DropZone upload={may ? upload : null}>
      <div className="grid gap-4">
        <PageHeader title="Artifacts" actions={may && <UploadButton upload={upload} />} />
        <Filters />
        <div className="grid min-w-0 items-start gap-4 lg:grid-cols-[22rem_minmax(0,1fr)]">
          <Card title="Artifacts" flush>
            {listed.error ? (
              <Failed
                error={listed.error}
                what="load the artifacts"
                onRetry={() => void listed.refetch()}
              />
            ) : !listed.data ? (
              <Loading what="artifacts" rows={6} />
            ) : found.length ? (
              <div className="max-h-80 overflow-y-auto lg:max-h-[70dvh]">
                <ArtifactList artifacts={found} chosen={artifact} onChoose={choose} />
                <More {...listed} />
              </div>
            ) : (
              <>
                <Empty title={all.length ? "None of these" : "No artifacts yet"} icon={Package}>
                  {all.length
                    ? "None of those that are loaded is of this name and kind."
                    : "Graphs leave them behind; you can also drop files here."}
                </Empty>
                <More {...listed} />
              </>
            )}
          </Card>
          <Chosen artifactId={artifact} onDeleted={() => choose(undefined)} />
        </div>
      </div>
    </DropZone>
  );
}

function Filters() {
  const { run = "", q = "", kind = "" } = route.useSearch();
  const navigate = route.useNavigate();
  const [runId, setRunId] = useState(run);
  const set = (change: Record<string, string | undefined>) =>
    void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  return (
    <form
      className="flex flex-wrap gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        set({ run: runId.trim() || undefined, artifact: undefined });
      }}
    >
      <Input
        type="search"
        aria-label="Name"
        placeholder="Name"
        className="h-8 w-full sm:w-56"
        value={q}
        onChange={(event) => set({ q: event.target.value || undefined })}
      />
      <Select
        aria-label="Kind"
        className="h-8 w-36"
        value={kind}
        onChange={(event) => set({ kind: event.target.value || undefined })}
      >
        <option value="">Any kind</option>
        {KINDS.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
      </Select>
      <Input
        aria-label="Only of this run"
        placeholder="Run id, then Enter"
        className="h-8 w-full font-mono text-[13px] sm:w-80"
        value={runId}
        onChange={(event) => setRunId(event.target.value)}
      />
    </form>
  );
}

function Chosen({ artifactId, onDeleted }: { artifactId: string; onDeleted: () => void }) {
  const found = useQuery({ ...artifactQuery(artifactId), enabled: artifactId !== "" });
  if (!artifactId)
    return (
      <Card>
        <Empty title="Choose an artifact" icon={Package}>
          Tables, JSON, pictures, pages and text are shown here.
        </Empty>
      </Card>
    );
  if (found.error && !found.data)
    return (
      <Card>
        <Failed error={found.error} what="load it" onRetry={() => void found.refetch()} />
      </Card>
    );
  if (!found.data) return <Loading what="the artifact" rows={8} />;
  return <ArtifactPreview artifact={found.data} onDeleted={onDeleted} />;
}
